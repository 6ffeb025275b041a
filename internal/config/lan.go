package config

import (
	"net"
	"net/netip"
	"slices"
)

// Local reports whether only this very machine can follow BASE_URL. Codes
// printed with it are of no use on a guest's phone.
func (c Config) Local() bool {
	host := c.BaseURL.Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}

// LANAddresses lists the URLs under which other machines in the same network
// reach us, to offer when BASE_URL is [Config.Local]. The most likely comes
// first. There are none when we listen on this machine only.
func (c Config) LANAddresses() []string {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil // an offer only; without it BASE_URL is set by hand
	}
	return offer(c.Listen, addrs)
}

// offer picks the addresses of addrs that listen serves.
func offer(listen string, addrs []net.Addr) []string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return nil
	}
	at, err := netip.ParseAddr(host)
	all := host == "" || err == nil && at.IsUnspecified()
	var ips []netip.Addr
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is4() || !p.Addr().IsPrivate() {
			continue
		}
		if all || p.Addr() == at {
			ips = append(ips, p.Addr())
		}
	}
	slices.SortFunc(ips, func(a, b netip.Addr) int { return b.Compare(a) }) // 192.168 is a home or a bar, 172 most often a container
	var urls []string
	for _, ip := range ips {
		urls = append(urls, "http://"+net.JoinHostPort(ip.String(), port))
	}
	return urls
}
