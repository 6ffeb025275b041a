package photo_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/photo"
)

// picture is red at the top left, blue elsewhere.
func picture(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.Set(x, y, color.RGBA{0, 0, 255, 255})
			if x < w/2 && y < h/2 {
				m.Set(x, y, color.RGBA{255, 0, 0, 255})
			}
		}
	}
	return m
}

func jpegOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif puts an orientation and a canary, where a camera writes GPS and its
// owner's name, into a JPEG.
func exif(file []byte, orientation uint16) []byte {
	var tiff bytes.Buffer
	tiff.WriteString("MM\x00\x2a\x00\x00\x00\x08")
	entry := func(tag, kind uint16, n uint32, value [4]byte) {
		_ = binary.Write(&tiff, binary.BigEndian, tag)
		_ = binary.Write(&tiff, binary.BigEndian, kind)
		_ = binary.Write(&tiff, binary.BigEndian, n)
		tiff.Write(value[:])
	}
	_ = binary.Write(&tiff, binary.BigEndian, uint16(2))
	entry(0x0112, 3, 1, [4]byte{byte(orientation >> 8), byte(orientation)})
	entry(0x013b, 2, 16, [4]byte{0, 0, 0, 38})
	tiff.WriteString("\x00\x00\x00\x00CanaryGPS4711 \x00\x00")
	body := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	head := []byte{0xff, 0xd8, 0xff, 0xe1, byte((len(body) + 2) >> 8), byte(len(body) + 2)}
	comment := []byte("\xff\xfe\x00\x0fCanaryComment")
	return append(append(append(head, body...), comment...), file[2:]...)
}

func TestMake_NothingButThePicture(t *testing.T) {
	lab := photo.NewLab()
	plain := jpegOf(t, picture(64, 32))
	for orientation, red := range map[uint16]image.Point{
		1: {8, 8}, 2: {56, 8}, 3: {56, 24}, 4: {8, 24}, 5: {8, 8}, 6: {24, 8}, 7: {24, 56}, 8: {8, 56},
	} {
		out, err := lab.Make(exif(plain, orientation))
		if err != nil {
			t.Fatalf("orientation %d: %v", orientation, err)
		}
		m, err := jpeg.Decode(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if wide := m.Bounds().Dx() == 64; wide != (orientation < 5) {
			t.Errorf("orientation %d: %v", orientation, m.Bounds())
		}
		if r, _, b, _ := m.At(red.X, red.Y).RGBA(); r < b {
			t.Errorf("orientation %d: not red at %v", orientation, red)
		}
		if bytes.Contains(out, []byte("Canary")) || bytes.Contains(out, []byte("Exif")) {
			t.Errorf("orientation %d: what the camera wrote is still there", orientation)
		}
	}
	if out, err := lab.Make(pngOf(t, picture(4000, 10))); err != nil {
		t.Error(err)
	} else if c, err := jpeg.DecodeConfig(bytes.NewReader(out)); err != nil || c.Width != photo.Side {
		t.Errorf("a long one is %v, %v", c, err)
	}
}

// bomb is a PNG that says it has so many pixels, in a few bytes.
func bomb(w, h uint32) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, body []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(body)))
		b.WriteString(name)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), body...)))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, 16, 6, 0, 0, 0))
	chunk("IDAT", []byte{0x78, 0x9c, 0x63, 0, 0})
	chunk("IEND", nil)
	return b.Bytes()
}

// T12, T13: hostile files, made here: bombs, other kinds under a picture's name,
// half pictures, pictures with bits turned round. None is kept as it came, none
// takes the program down, and memory stays bounded.
func TestMake_HostileFiles(t *testing.T) {
	lab := photo.NewLab()
	good := jpegOf(t, picture(200, 100))
	var animated bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 2, 2), []color.Color{color.Black, color.White})
	if err := gif.EncodeAll(&animated, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{0, 0}}); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{
		"nothing": nil, "a bomb": bomb(65000, 65000), "a bomb of 20,000": bomb(20000, 20000), "a line": bomb(1, 1<<30), "16 bits": bomb(6000, 6000),
		"no size": bomb(0, 0), "text": []byte("hello"), "html": []byte("<script>alert(1)</script>"),
		"svg": []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "gif": animated.Bytes(), "pdf": []byte("%PDF-1.7 ..."),
		"half": good[:len(good)/2], "a head": good[:20], "webp of nothing": []byte("RIFF\x10\x00\x00\x00WEBPVP8L\x00\x00\x00\x00"),
		"eicar": []byte(`X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR`), "too long": append(bytes.Clone(good), make([]byte, photo.MaxFile)...),
		"riff": []byte("RIFF\xff\xff\xff\xffWEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff"),
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, file := range files {
		if out, err := lab.Make(file); !errors.Is(err, photo.ErrUnreadable) || out != nil {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
	n := 300
	if os.Getenv("SOAK") != "" {
		n = 20_000
	}
	turns := rand.New(rand.NewPCG(1, 2))
	for range n {
		file := bytes.Clone(good)
		for range 1 + turns.IntN(8) {
			file[turns.IntN(len(file))] ^= byte(1 << turns.IntN(8))
		}
		if out, err := lab.Make(file); err == nil && bytes.Equal(out, file) {
			t.Fatal("a file is kept as it came")
		}
	}
	polyglot := append(bytes.Clone(good), "<script>alert(1)</script><?php system('id') ?>"...)
	if out, err := lab.Make(polyglot); err != nil || bytes.Contains(out, []byte("script")) {
		t.Errorf("what hangs behind a picture: %v", err)
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 200<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

// T12: however many are sent at once, one is unpacked at a time, and none is
// unpacked that is too large.
func TestMake_OneAtATime(t *testing.T) {
	var now, most, all atomic.Int32
	defer photo.Watch(func(unpack func()) {
		all.Add(1)
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		runtime.Gosched()
		unpack()
		now.Add(-1)
	})()
	lab, file := photo.NewLab(), pngOf(t, picture(300, 200))
	var work sync.WaitGroup
	for range 16 {
		work.Go(func() {
			if _, err := lab.Make(file); err != nil {
				t.Error(err)
			}
			_, _ = lab.Make(bomb(20000, 20000))
		})
	}
	work.Wait()
	if most.Load() != 1 || all.Load() != 16 {
		t.Errorf("%d at once, %d in all; want 1 and 16", most.Load(), all.Load())
	}
}

func TestShelf(t *testing.T) {
	s := &photo.Shelf{Dir: t.TempDir() + "/photos"}
	sum, err := s.Put("a", []byte("picture"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("a", sum); err != nil || string(got) != "picture" {
		t.Errorf("got %q, %v", got, err)
	}
	if info, err := os.Stat(s.Dir + "/a.jpg"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file: %v, %v", info, err)
	}
	if ids, err := s.Old(time.Now().Add(time.Hour)); err != nil || strings.Join(ids, " ") != "a" {
		t.Errorf("old = %v, %v", ids, err)
	}
	if err := os.WriteFile(s.Dir+"/a.jpg", []byte("pictvre"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("a", sum); !errors.Is(err, photo.ErrDamaged) {
		t.Errorf("a damaged file: %v", err)
	}
	for range 2 {
		if err := s.Remove("a"); err != nil {
			t.Error(err)
		}
	}
	s.Free = func(string) (uint64, error) { return photo.LeastFree - 1, nil }
	if _, err := s.Put("b", []byte("x")); !errors.Is(err, photo.ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
}
