package notify_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/notify"
)

// phone is the receiving end of RFC 8291, written from the RFC alone.
type phone struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newPhone(t *testing.T) phone {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := phone{key, make([]byte, 16)}
	rand.Read(p.auth)
	return p
}

// subscription is what a browser hands to the page.
func (p phone) subscription(endpoint string) string {
	enc := base64.RawURLEncoding.EncodeToString
	return fmt.Sprintf(`{"endpoint":%q,"keys":{"p256dh":%q,"auth":%q}}`, endpoint, enc(p.key.PublicKey().Bytes()), enc(p.auth))
}

// decrypt reads one record of aes128gcm (RFC 8188, section 2; RFC 8291, section 3.4).
func (p phone) decrypt(t *testing.T, body []byte) []byte {
	t.Helper()
	salt, size, idlen := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	server, sealed := body[21:21+idlen], body[21+idlen:]
	if int(size) < len(sealed) {
		t.Fatalf("a record of %d bytes, more than the %d it names", len(sealed), size)
	}
	from, err := ecdh.P256().NewPublicKey(server)
	must(t, err)
	shared, err := p.key.ECDH(from)
	must(t, err)
	info := "WebPush: info\x00" + string(p.key.PublicKey().Bytes()) + string(server)
	ikm, err := hkdf.Key(sha256.New, shared, p.auth, info, 32)
	must(t, err)
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	must(t, err)
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	must(t, err)
	block, err := aes.NewCipher(key)
	must(t, err)
	gcm, err := cipher.NewGCM(block)
	must(t, err)
	padded, err := gcm.Open(nil, nonce, sealed, nil)
	must(t, err)
	text := strings.TrimRight(string(padded), "\x00")
	if !strings.HasSuffix(text, "\x02") {
		t.Fatal("the last record does not end with the mark of the last record")
	}
	return []byte(strings.TrimSuffix(text, "\x02"))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestPush_IsReadByThePhone sends to a phone that reads with code of its own.
func TestPush_IsReadByThePhone(t *testing.T) {
	p := newPhone(t)
	w := &wire{status: http.StatusCreated}
	keys, err := notify.NewPushKeys()
	must(t, err)
	sender := notify.Push{Client: w.client(), Subject: "https://makeright.example", Keys: keys}
	m := alert(feedback.ChannelPush, p.subscription("https://fcm.googleapis.com/fcm/send/x"))
	must(t, sender.Send(t.Context(), m))

	want := `{"web_push":8030,"notification":{"title":"Table 12: waiting too long","body":"Open the board.","lang":"en",` +
		`"navigate":"https://makeright.example/board/v/reports/r","tag":"https://makeright.example/board/v/reports/r","renotify":true,` +
		`"requireInteraction":true,"silent":false,"vibrate":[200,100,200],"actions":[` +
		`{"action":"take","title":"Take","navigate":"https://makeright.example/board/v/reports/r"},` +
		`{"action":"open","title":"Open","navigate":"https://makeright.example/board/v/reports/r"}],` +
		`"data":{"take":"/board/v/reports/r/take","failed":"That did not work."}}}`
	if got := string(p.decrypt(t, []byte(w.body))); got != want {
		t.Errorf("the phone reads\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(w.body, "Table 12") {
		t.Error("the text is readable on the way")
	}
	for field, value := range map[string]string{"Content-Encoding": "aes128gcm", "TTL": "1800", "Urgency": "high"} {
		if w.header.Get(field) != value {
			t.Errorf("%s is %q, want %q", field, w.header.Get(field), value)
		}
	}
	if topic := w.header.Get("Topic"); len(topic) != 32 {
		t.Errorf("Topic %q, want 32 characters", topic)
	}
	checkVAPID(t, w.header.Get("Authorization"), keys.Public)
}

// checkVAPID verifies the signature of RFC 8292 by hand.
func checkVAPID(t *testing.T, header, public string) {
	t.Helper()
	token, key, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	parts := strings.Split(token, ".")
	if !ok || key != public || len(parts) != 3 {
		t.Fatalf("Authorization: %s", header)
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	must(t, err)
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	must(t, err)
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	pub, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	must(t, err)
	if !ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the signature does not verify")
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	must(t, err)
	var c struct {
		Aud, Sub string
		Exp      int64
	}
	must(t, json.Unmarshal(claims, &c))
	if left := time.Until(time.Unix(c.Exp, 0)); c.Aud != "https://fcm.googleapis.com" || c.Sub != "https://makeright.example" || left <= 0 || left > 24*time.Hour {
		t.Errorf("claims %s", claims)
	}
}

func TestPush_ForgetsWhatIsGone(t *testing.T) {
	keys, err := notify.NewPushKeys()
	must(t, err)
	p := newPhone(t)
	for status, want := range map[int]string{201: "accepted", 404: "gone 404", 410: "gone 410", 403: "http 403", 429: "later 429", 500: "http 500", 301: "http 301"} {
		w := &wire{status: status}
		err := notify.Push{Client: w.client(), Subject: "https://m.example", Keys: keys}.
			Send(t.Context(), alert(feedback.ChannelPush, p.subscription("https://updates.push.services.mozilla.com/wpush/v2/x")))
		if got := notify.Outcome(err); string(got) != want || errors.Is(err, notify.ErrGone) != strings.HasPrefix(want, "gone") {
			t.Errorf("%d: outcome %q, want %q", status, got, want)
		}
	}
}

// TestPush_OnlyToPushServices holds that a subscription cannot lead elsewhere.
func TestPush_OnlyToPushServices(t *testing.T) {
	keys, err := notify.NewPushKeys()
	must(t, err)
	p := newPhone(t)
	for _, endpoint := range []string{
		"https://attacker.example/x", "https://fcm.googleapis.com.attacker.example/x", "https://attackerfcm.googleapis.com.example/", "http://fcm.googleapis.com/x",
		"https://fcm.googleapis.com@attacker.example/x", "https://attacker.example/#fcm.googleapis.com", "https://attacker.example?.push.apple.com", "https://xpush.apple.com/",
		"https://127.0.0.1/x", "https://localhost/x", "", "fcm.googleapis.com",
	} {
		w := &wire{}
		err := notify.Push{Client: w.client(), Subject: "https://m.example", Keys: keys}.Send(t.Context(), alert(feedback.ChannelPush, p.subscription(endpoint)))
		if err == nil || w.url != "" {
			t.Errorf("%s was asked: %v", w.url, err)
		}
	}
	for _, endpoint := range []string{"https://web.push.apple.com/x", "https://wns2-par02p.notify.windows.com/w/?token=x"} {
		w := &wire{}
		if err := (notify.Push{Client: w.client(), Subject: "https://m.example", Keys: keys}).Send(t.Context(), alert(feedback.ChannelPush, p.subscription(endpoint))); err != nil {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}
