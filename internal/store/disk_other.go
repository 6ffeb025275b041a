//go:build !linux

package store

// DiskOf tells about the disk that a file or folder lies on; here it cannot.
func DiskOf(string) (Disk, error) { return Disk{}, errNoDisk }
