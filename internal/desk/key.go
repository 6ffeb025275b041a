package desk

import (
	"context"
	"time"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// CreateKey makes an API key and returns its id and secret. The secret is not
// kept; a repeated request gets none.
func (d *Desk) CreateKey(ctx context.Context, by feedback.Actor, name string, scope feedback.Scope, expires time.Time) (id, secret string, err error) {
	if err := by.NeedsOrg(); err != nil {
		return "", "", err
	}
	secret = "mr_" + token() + token()
	k := feedback.Key{
		ID: d.newID(), Name: feedback.CleanLine(name), Scope: scope, Hash: Hash(secret), Prefix: secret[:9],
		CreatedBy: by.Person, CreatedAt: d.now(), ExpiresAt: expires,
	}
	if err := k.Check(); err != nil {
		return "", "", err
	}
	id, err = d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		if err := org.AddKey(ctx, k); err != nil {
			return "", err
		}
		return k.ID, d.audit(ctx, org, by, "", "key.created", k.ID, map[string]string{"scope": string(scope)})
	})
	if id != k.ID {
		secret = ""
	}
	return id, secret, err
}

// RenameKey gives an API key another name.
func (d *Desk) RenameKey(ctx context.Context, by feedback.Actor, key, name string) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		k, err := org.Key(ctx, key)
		if err != nil {
			return "", err
		}
		k.Name = feedback.CleanLine(name)
		if err := k.Check(); err != nil {
			return "", err
		}
		if err := org.RenameKey(ctx, k); err != nil {
			return "", err
		}
		return key, d.audit(ctx, org, by, "", "key.changed", key, map[string]string{"name": "changed"})
	})
	return err
}

// RevokeKey ends an API key at once; a second time does nothing.
func (d *Desk) RevokeKey(ctx context.Context, by feedback.Actor, key string) error {
	if err := by.NeedsOrg(); err != nil {
		return err
	}
	_, err := d.writeOrg(ctx, by, func(org store.OrgEdit) (string, error) {
		k, err := org.Key(ctx, key)
		if err != nil || !k.RevokedAt.IsZero() {
			return key, err
		}
		if err := org.RevokeKey(ctx, key, d.now()); err != nil {
			return "", err
		}
		return key, d.audit(ctx, org, by, "", "key.revoked", key, nil)
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}
