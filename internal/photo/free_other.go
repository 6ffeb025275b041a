//go:build !linux

package photo

import "errors"

// freeOf cannot be asked for here.
func freeOf(string) (uint64, error) { return 0, errors.ErrUnsupported }
