package desk

import (
	"context"

	"makeright/internal/feedback"
	"makeright/internal/store"
)

// PairDevice makes the browser that asks a shared tablet of the venue. The
// token goes into its cookie.
func (d *Desk) PairDevice(ctx context.Context, by feedback.Actor, venue, name string) (Fresh, error) {
	if err := settles(by, venue); err != nil {
		return Fresh{}, err
	}
	by.Request = feedback.Request{} // the token is kept nowhere, so there is nothing to repeat
	name = feedback.CleanLine(name)
	if n := len([]rune(name)); n == 0 || n > feedback.MaxName {
		return Fresh{}, feedback.Problems{"name": "problem.name.missing"}
	}
	fresh := Fresh{Token: token(), Expires: d.now().Add(feedback.DeviceMax)}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		id := Hash(fresh.Token)
		return id, at.AddDevice(ctx, feedback.Device{ID: id, Name: name, PairedBy: by.Person, CreatedAt: d.now(), SeenAt: d.now()})
	})
	return fresh, err
}

// Unpair ends a shared tablet and the sessions on it.
func (d *Desk) Unpair(ctx context.Context, by feedback.Actor, venue, device string) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.write(ctx, by, venue, func(at store.Edit) (string, error) {
		return device, at.RevokeDevice(ctx, device, d.now())
	})
	if err == nil {
		d.shut(by.Org)
	}
	return err
}

// Tablet returns a paired tablet by the hash of its token, with a timer's view
// of its venue, for the list of names on the PIN pad.
func (d *Desk) Tablet(ctx context.Context, hash string) (feedback.Device, feedback.Actor, error) {
	return d.store.Device(ctx, hash)
}
