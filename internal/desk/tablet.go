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
	_, err := d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		id := Hash(fresh.Token)
		err := at.AddDevice(ctx, feedback.Device{ID: id, Name: name, PairedBy: by.Person, CreatedAt: d.now(), SeenAt: d.now()})
		return noted{"tablet.paired", id, map[string]string{"tablet": name}}, err
	})
	return fresh, err
}

// Unpair ends a shared tablet and the sessions on it.
func (d *Desk) Unpair(ctx context.Context, by feedback.Actor, venue, device string) error {
	if err := settles(by, venue); err != nil {
		return err
	}
	_, err := d.writeNoted(ctx, by, venue, func(at store.Edit) (noted, error) {
		paired, err := at.Devices(ctx)
		if err != nil {
			return noted{}, err
		}
		n := noted{"tablet.unpaired", device, nil}
		for _, one := range paired {
			if one.ID == device {
				n.detail = map[string]string{"tablet": one.Name}
			}
		}
		return n, at.RevokeDevice(ctx, device, d.now())
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
