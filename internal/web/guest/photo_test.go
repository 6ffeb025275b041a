package guest_test

import (
	"bufio"
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/live"
	"makeright/internal/photo"
)

var shots atomic.Int32

// shot is a JPEG with a note of its camera in it, another one each time.
func shot(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 60, 40+int(shots.Add(1)))), nil); err != nil {
		t.Fatal(err)
	}
	return append([]byte("\xff\xd8\xff\xfe\x00\x0bCanaryGPS"), b.Bytes()[2:]...)
}

// uploads posts a form with files, as a browser without script does.
func (b *browser) uploads(path string, form url.Values, files ...[]byte) answer {
	b.h.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		b.h.must(w.WriteField(name, values[0]))
	}
	for _, f := range files {
		part, err := w.CreateFormFile("photo", "x.svg")
		b.h.must(err)
		_, err = part.Write(f)
		b.h.must(err)
	}
	b.h.must(w.Close())
	r := b.request(http.MethodPost, path, nil)
	r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
	r.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	b.h.e.ServeHTTP(rec, r)
	res := rec.Result()
	text, err := io.ReadAll(res.Body)
	b.h.must(err)
	return answer{b.h.T, res.StatusCode, res.Header, string(text)}
}

func (h *house) photographs() *photo.Shelf {
	s := &photo.Shelf{Dir: h.TempDir()}
	h.desk.KeepPhotos(s)
	return s
}

// T13, T14: what a guest sees of their photo is a picture of our own making.
func TestPhoto_FromTheForm(t *testing.T) {
	h := open(t)
	h.photographs()
	b := h.browser()
	where := b.uploads("/T/"+h.code.Code, url.Values{"rating": {"2"}, "words": {"A hair"}}, shot(t)).want(http.StatusSeeOther).header.Get("Location")
	page := b.get(where)
	src := page.attr("#photos img", "src")
	a := b.get(src).want(http.StatusOK)
	if a.header.Get("Content-Type") != "image/jpeg" || a.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") || !strings.HasPrefix(a.header.Get("Cache-Control"), "private") {
		t.Errorf("headers = %v", a.header)
	}
	if _, err := jpeg.Decode(strings.NewReader(a.body)); err != nil || strings.Contains(a.body, "Canary") {
		t.Errorf("the picture: %v", err)
	}
	other := h.unhappy()
	other.get(other.path + "/photos/" + src[strings.LastIndexByte(src, '/')+1:]).want(http.StatusNotFound)
	b.post(where+"/withdraw", nil).want(http.StatusSeeOther)
	b.get(src).want(http.StatusNotFound)
}

// A report never waits for, or fails with, its photo.
func TestPhoto_NeverCostsTheReport(t *testing.T) {
	h := open(t)
	form := url.Values{"rating": {"1"}, "words": {"Glass"}}
	for name, tt := range map[string]struct {
		file []byte
		says string
	}{
		"no picture": {[]byte("<svg onload=alert(1)>"), "could not be read"},
		"too large":  {append(shot(t), make([]byte, feedback.MaxPhotoFile)...), "could not be read"},
		"no room":    {shot(t), "no room for photos"},
	} {
		shelf := h.photographs()
		if name == "no room" {
			shelf.Free = func(string) (uint64, error) { return 0, nil }
		}
		before := len(h.reports())
		b := h.browser()
		where := b.uploads("/T/"+h.code.Code, form, tt.file).want(http.StatusSeeOther).header.Get("Location")
		b.get(where).shows(".sum", tt.says)
		if n := len(h.reports()); n != before+1 {
			t.Errorf("%s: %d reports, want %d", name, n, before+1)
		}
		path, _, _ := strings.Cut(where, "?")
		want := http.StatusUnprocessableEntity
		if name == "no room" {
			want = http.StatusInsufficientStorage
		}
		b.uploads(path+"/photos", nil, tt.file).want(want).shows(".sum", tt.says)
	}
}

func TestPhoto_AtMostThree(t *testing.T) {
	h := open(t)
	h.photographs()
	s := h.unhappy()
	s.uploads(s.path+"/photos", nil, shot(t), shot(t)).want(http.StatusSeeOther)
	s.uploads(s.path+"/photos", nil, shot(t)).want(http.StatusSeeOther)
	if p := s.page(); p.doc().Find("#photos img").Length() != 3 || p.has("#photos form") {
		t.Error("three photos are not three, or a fourth is asked for")
	}
	s.uploads(s.path+"/photos", nil, shot(t)).want(http.StatusUnprocessableEntity).shows(".sum", "already has three")
}

// A photo that trickles in holds up nothing: its report is heard before the photo
// is there, others send theirs meanwhile, and whether it arrives in the end or is
// cut off, the page says what became of it and has room for it.
func TestPhoto_Trickles(t *testing.T) {
	for name, arrives := range map[string]bool{"arrives in the end": true, "is cut off": false} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			h.photographs()
			ended := make(chan struct{}, 1)
			srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.e.ServeHTTP(w, r)
				ended <- struct{}{}
			}))
			if !arrives {
				srv.Config.ReadTimeout = 2 * time.Second // the program's is longer
			}
			srv.Start()
			defer srv.Close()
			heard, stop := h.hub.Listen(live.Staff(h.venue.ID))
			defer stop()
			conn, err := net.Dial("tcp", srv.Listener.Addr().String())
			h.must(err)
			defer conn.Close()
			picture := shot(t)
			send := func(piece string) {
				t.Helper()
				_, err := io.WriteString(conn, piece)
				h.must(err)
			}
			const head = "--x\r\nContent-Disposition: form-data; name=\"rating\"\r\n\r\n1\r\n" +
				"--x\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\nGlass\r\n" +
				"--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n"
			const foot = "\r\n--x--\r\n"
			send("POST /T/" + h.code.Code + " HTTP/1.1\r\nHost: example.com\r\nContent-Type: multipart/form-data; boundary=x\r\n" +
				"Content-Length: " + strconv.Itoa(len(head)+len(picture)+len(foot)) + "\r\n\r\n" + head)
			send(string(picture[:100]))
			<-heard
			if rs := h.reports(); len(rs) != 1 || rs[0].Words != "Glass" || rs[0].Status != feedback.Open {
				t.Fatalf("while its photo comes, the report is %+v", rs)
			}
			other := h.browser()
			where := other.uploads("/T/"+h.codes()[1].Code, url.Values{"rating": {"2"}}, shot(t)).want(http.StatusSeeOther).header.Get("Location")
			if !other.get(where).has("#photos img") {
				t.Error("the photo of another guest waits for it")
			}
			if arrives {
				send(string(picture[100:]) + foot)
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			h.must(err)
			res.Body.Close()
			<-ended
			page := h.browser().get(res.Header.Get("Location")).want(http.StatusOK)
			if page.has("#photos img") != arrives || page.has(".sum") == arrives || !page.has("#photos form") {
				t.Errorf("status %d, the page: %s", res.StatusCode, page.body)
			}
			if !arrives {
				page.shows(".sum", "took too long")
				path, _, _ := strings.Cut(res.Header.Get("Location"), "?")
				h.browser().uploads(path+"/photos", nil, shot(t), shot(t), shot(t)).want(http.StatusSeeOther)
			}
			if n := len(h.reports()); n != 2 {
				t.Errorf("%d reports, want 2", n)
			}
		})
	}
}
