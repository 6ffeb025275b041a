package photo

import "image"

// Watch lets fn stand around every unpacking of a PNG until it is told to stop.
func Watch(fn func(unpack func())) (stop func()) {
	was := kinds["image/png"]
	watched := was
	watched.decode = func(b []byte) (m image.Image, err error) {
		fn(func() { m, err = was.decode(b) })
		return m, err
	}
	kinds["image/png"] = watched
	return func() { kinds["image/png"] = was }
}
