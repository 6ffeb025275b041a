package guest_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"makeright/internal/feedback"
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
