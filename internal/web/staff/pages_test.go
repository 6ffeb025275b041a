package staff

import "testing"

func TestPages_CanBeReadInEveryLanguage(t *testing.T) {
	if err := pages.Check(); err != nil {
		t.Error(err)
	}
}
