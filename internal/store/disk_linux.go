package store

import (
	"fmt"
	"syscall"
)

// DiskOf tells about the disk that a file or folder lies on.
func DiskOf(name string) (Disk, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(name, &fs); err != nil {
		return Disk{}, fmt.Errorf("disk of %s: %w", name, err)
	}
	d := kindOf(uint32(fs.Type))                //nolint:gosec // the kernel's numbers have 32 bits
	d.Free = int64(fs.Bavail) * int64(fs.Bsize) //nolint:gosec,unconvert // other sizes on other machines
	return d, nil
}
