package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"makeright/internal/feedback"
)

// Disk is what a file lies on.
type Disk struct {
	Free     int64  // bytes that we may still write
	Kind     string // of file system; its number where we know no name
	Network  bool   // locks of SQLite do not hold there
	Fleeting bool   // it is gone after a restart
}

// errNoDisk says that this system does not tell.
var errNoDisk = errors.New("this system does not tell")

// kinds are the file systems worth a word, by the number that Linux gives them.
var kinds = map[uint32]Disk{
	0x6969:     {Kind: "NFS", Network: true},
	0x517b:     {Kind: "SMB", Network: true},
	0xfe534d42: {Kind: "SMB", Network: true},
	0xff534d42: {Kind: "CIFS", Network: true},
	0x5346414f: {Kind: "AFS", Network: true},
	0x01021994: {Kind: "tmpfs", Fleeting: true},
	0x794c7630: {Kind: "overlay", Fleeting: true},
	0x01021997: {Kind: "9p"},
	0x65735546: {Kind: "FUSE"},
	0xef53:     {Kind: "ext4"},
	0x58465342: {Kind: "XFS"},
	0x9123683e: {Kind: "Btrfs"},
	0x2fc12fc1: {Kind: "ZFS"},
	0x4d44:     {Kind: "FAT"},
}

// kindOf is what we know of a kind of file system.
func kindOf(number uint32) Disk {
	if d, is := kinds[number]; is {
		return d
	}
	return Disk{Kind: fmt.Sprintf("%#x", number)}
}

// checkDisk refuses a folder in which locks do not hold.
func checkDisk(folder string) error {
	d, err := DiskOf(folder)
	if err == nil && d.Network {
		return fmt.Errorf("%s is on a network disk (%s), where SQLite loses data: name a file on a local disk, or use PostgreSQL: %w",
			folder, d.Kind, feedback.ErrInvalid)
	}
	return nil
}

// syncFolder brings the names in a folder to the disk. Windows does so itself.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
