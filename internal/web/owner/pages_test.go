package owner

import "testing"

func TestPages_CanBeReadInEveryLanguage(t *testing.T) {
	if err := pages().Check(); err != nil {
		t.Error(err)
	}
}
