package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"io"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// FormState is what a guest's browser knows of its form. It rides in a signed
// cookie, so that the page itself can be the same for everybody.
type FormState struct {
	Device string    // random; tells browsers at one table apart, and nothing else
	Key    string    // idempotency key of the next post (UUIDv7)
	Opened time.Time // zero when nobody can vouch for it
}

const (
	formName = "mr_form"
	formAge  = 24 * time.Hour
)

// OpenForm is called where a form is shown. It keeps the state of a form that
// was opened before and not yet sent, so that a guest who loads the page again
// after a lost answer still sends one report.
func OpenForm(c echo.Context) FormState {
	if f, ok := readForm(c); ok {
		return f
	}
	return setForm(c, NewToken())
}

// ReadForm is called where a form is posted. A browser without the cookie gets
// a key of its own, and no opening time.
func ReadForm(c echo.Context) FormState {
	if f, ok := readForm(c); ok {
		return f
	}
	return FormState{Key: newKey()}
}

// RenewForm is called after a post was accepted: the next one is another report.
func RenewForm(c echo.Context) {
	device := NewToken()
	if f, ok := readForm(c); ok {
		device = f.Device
	}
	setForm(c, device)
}

func setForm(c echo.Context, device string) FormState {
	k := of(c)
	f := FormState{Device: device, Key: newKey(), Opened: k.now().UTC().Truncate(time.Millisecond)}
	c.Set(keyForm, f)
	c.SetCookie(k.cookie(formName, k.seal(f), formAge))
	return f
}

func newKey() string { return uuid.Must(uuid.NewV7()).String() }

// seal writes and signs the state: device (26), key (36), milliseconds (8), MAC (16).
func (k *kit) seal(f FormState) string {
	b := append(append(make([]byte, 0, sealedLen+16), f.Device...), f.Key...)
	b = binary.BigEndian.AppendUint64(b, uint64(f.Opened.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(b, k.sign(b)...))
}

func (k *kit) sign(b []byte) []byte {
	mac, _ := k.macs.Get().(hash.Hash) // to begin one costs as much as the rest
	if mac == nil {
		mac = hmac.New(sha256.New, k.key)
	}
	defer k.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte("form\x00"))
	mac.Write(b)
	return mac.Sum(nil)[:16]
}

const (
	deviceLen = 26
	keyLen    = 36
	sealedLen = deviceLen + keyLen + 8
)

func readForm(c echo.Context) (FormState, bool) {
	if f, ok := c.Get(keyForm).(FormState); ok {
		return f, true
	}
	k := of(c)
	cookie, err := c.Cookie(formName)
	if err != nil {
		return FormState{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil || len(b) != sealedLen+16 || !hmac.Equal(b[sealedLen:], k.sign(b[:sealedLen])) {
		return FormState{}, false
	}
	f := FormState{
		Device: string(b[:deviceLen]),
		Key:    string(b[deviceLen : deviceLen+keyLen]),
		Opened: time.UnixMilli(int64(binary.BigEndian.Uint64(b[deviceLen+keyLen:]))).UTC(),
	}
	if age := k.now().Sub(f.Opened); age < 0 || age > formAge {
		return FormState{}, false
	}
	return f, true
}

// Upload reads one file of a multipart form, nil when none was chosen. The body
// of the route bounds it; most is how much of it is read.
func Upload(c echo.Context, field string, most int64) ([]byte, error) {
	if _, err := Form(c); err != nil {
		return nil, err
	}
	form := c.Request().MultipartForm
	if form == nil || len(form.File[field]) == 0 {
		return nil, nil
	}
	f, err := form.File[field][0].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most+1))
}
