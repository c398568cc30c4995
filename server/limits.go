package main

import (
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"

	"aula/server/api"
)

// limitFlags bound what callers may ask for, whether they mean well or not.
type limitFlags struct {
	Rate               float64  `default:"200" placeholder:"N" help:"cli.help.rate"`
	AddressRate        float64  `default:"1000" placeholder:"N" help:"cli.help.address_rate"`
	GuessRate          float64  `default:"1" placeholder:"N" help:"cli.help.guess_rate"`
	Connections        int      `default:"20000" placeholder:"N" help:"cli.help.connections"`
	AddressConnections int      `default:"1000" placeholder:"N" help:"cli.help.address_connections"`
	Proxies            []string `default:"127.0.0.0/8,::1/128" placeholder:"ADDRESSES" help:"cli.help.proxies"`
	Guests             bool     `default:"true" help:"cli.help.guests"`
	Reflection         bool     `default:"true" help:"cli.help.reflection"`
}

// proxies reads the addresses and networks of proxies; "none" is none.
func (f *limitFlags) proxies() (read []netip.Prefix, err error) {
	for _, text := range f.Proxies {
		text = strings.TrimSpace(text)
		if text == "none" || text == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if address, alone := netip.ParseAddr(text); alone == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, misuse("cli.error.proxies", map[string]any{"Address": text})
		}
		read = append(read, prefix.Masked())
	}
	return read, nil
}

// limits reads the flags. It is called before anything is opened.
func (f *limitFlags) limits() (api.Limits, error) {
	for flag, value := range map[string]float64{
		"--rate": f.Rate, "--address-rate": f.AddressRate, "--guess-rate": f.GuessRate,
		"--connections": float64(f.Connections), "--address-connections": float64(f.AddressConnections),
	} {
		if value < 0 || math.IsNaN(value) || math.IsInf(value, 1) {
			return api.Limits{}, misuse("cli.error.limit", map[string]any{"Flag": flag, "Value": fmt.Sprint(value)})
		}
	}
	proxies, err := f.proxies()
	return api.Limits{Calls: f.Rate, Address: f.AddressRate, Guesses: f.GuessRate, Proxies: proxies}, err
}

// bound puts the limits on a server, and on the connections it accepts.
func (f *limitFlags) bound(config *api.Config, limits api.Limits, listener net.Listener) *countingListener {
	config.Limits, config.NoGuests, config.NoReflection = limits, !f.Guests, !f.Reflection
	return &countingListener{
		Listener: listener, most: f.Connections, each: f.AddressConnections, exempt: limits.Proxies,
		log: config.Log, from: map[netip.Addr]int{},
	}
}
