//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// packages are Debian's names of what the drill runs on.
var packages = []string{"postgresql-15", "patroni", "python3-etcd", "etcd-server"}

// services are those that the packages would start.
var services = []string{"postgresql", "patroni", "etcd"}

// install installs what is missing, and leaves what is there as it is. None of its services
// starts, now or with the machine.
func (d *drill) install(ctx context.Context) error {
	var missing []string
	for _, name := range packages {
		status, _ := exec.CommandContext(ctx, "dpkg-query", "--show", "--showformat", "${db:Status-Status}", name).Output()
		if string(status) != "installed" {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	d.progress("installing %v", missing)
	allow, err := forbidServices()
	if err != nil {
		return err
	}
	defer allow()
	if err := d.aptGet(ctx, "update"); err != nil {
		return err
	}
	arguments := append([]string{"install", "--yes", "--no-install-recommends", "--no-upgrade"}, missing...)
	if err := d.aptGet(ctx, arguments...); err != nil {
		return err
	}
	return d.disable(ctx, missing)
}

// policy is the file by which Debian asks whether a service may start when it is installed.
const policy = "/usr/sbin/policy-rc.d"

// forbidServices lets no service start until allow is called. A policy that is there stays.
func forbidServices() (allow func(), err error) {
	file, err := os.OpenFile(policy, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755) //nolint:gosec // G302: whoever installs runs it
	if errors.Is(err, fs.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString("#!/bin/sh\nexit 101\n")
	return func() { _ = os.Remove(policy) }, errors.Join(err, file.Close())
}

// disable keeps the services of what was installed from starting with the machine.
func (d *drill) disable(ctx context.Context, installed []string) error {
	systemctl, err := exec.LookPath("systemctl")
	if err != nil {
		return nil //nolint:nilerr // without systemd nothing starts by itself
	}
	if len(installed) < len(packages) {
		return nil // whoever had some of it before may want it to
	}
	return d.output(exec.CommandContext(ctx, systemctl, append([]string{"disable", "--quiet"}, services...)...))
}

func (d *drill) aptGet(ctx context.Context, arguments ...string) error {
	// An interrupt is apt-get's to answer: it must not be killed half-way.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), "apt-get", append([]string{"--quiet=2"}, arguments...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return d.output(cmd)
}

// output runs a command whose output is of interest only when it fails.
func (d *drill) output(cmd *exec.Cmd) error {
	text, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", cmd.Args, err, text)
	}
	return err
}
