package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// noDisk says why no disk can be mounted here; nil where one can.
var noDisk = sync.OnceValue(tryDisk)

// tryDisk mounts a disk: a container may have the device and yet not be allowed to.
func tryDisk() (err error) {
	device, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := device.Close(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "aula-crash-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	folder := filepath.Join(dir, "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	d, err := mount(folder, filepath.Join(dir, "disk"), rand.New(rand.NewPCG(0, 0)))
	if err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return d.unused()
}

// mount has a folder stand on a disk of ours. Nothing in this process may touch a file there: it
// would wait for itself.
func mount(folder, at string, random *rand.Rand) (*disk, error) {
	state, err := readDurable(folder)
	if err != nil {
		return nil, err
	}
	d := &disk{folder: folder, at: at, state: state}
	d.faults.random = random
	root := &fs.LoopbackRoot{Path: folder}
	files := &files{disk: d, byInode: map[uint64]*content{}}
	//nolint:staticcheck // what is to take its place is not told the name
	root.NewNode = func(root *fs.LoopbackRoot, parent *fs.Inode, name string, st *syscall.Stat_t) fs.InodeEmbedder {
		n := &node{LoopbackNode: fs.LoopbackNode{RootData: root}, files: files}
		if parent != nil && st.Mode&syscall.S_IFMT == syscall.S_IFREG {
			n.content = files.of(filepath.Join(parent.Path(parent.Root()), name), st.Ino)
		}
		return n
	}
	top := &node{LoopbackNode: fs.LoopbackNode{RootData: root}, files: files}
	root.RootNode = top
	if err := os.MkdirAll(at, 0o700); err != nil {
		return nil, err
	}
	// What the kernel remembers of names is true: nobody else changes them.
	forever := time.Hour
	server, err := fs.Mount(at, top, &fs.Options{
		EntryTimeout: &forever, AttrTimeout: &forever,
		MountOptions: fuse.MountOptions{FsName: "crash", DirectMount: true, MaxWrite: 1 << 20},
	})
	if err != nil {
		return nil, err
	}
	d.unused = func() error { return unmount(server) }
	return d, nil
}

// unmount waits for the kernel to let go of what a killed process held.
func unmount(server *fuse.Server) (err error) {
	for range 100 {
		if err = server.Unmount(); err == nil {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// files are the contents of the files of a disk.
type files struct {
	disk    *disk
	mu      sync.Mutex
	byInode map[uint64]*content // of what the folder's own file system calls them
}

// of finds the content of a file, which may have been there before or have another name.
func (f *files) of(path string, inode uint64) *content {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.byInode[inode]
	if c == nil {
		f.disk.state.mu.Lock()
		c = f.disk.state.names[path]
		f.disk.state.mu.Unlock()
		if c == nil {
			c = &content{}
		}
		f.byInode[inode] = c
	}
	return c
}

// anew is the content of a file that was not there before, whatever had its name or number.
func (f *files) anew(inode uint64) *content {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := &content{}
	f.byInode[inode] = c
	return c
}

// forget is for a file that has lost a name: its number may be another's before long.
func (f *files) forget(name string) {
	var st syscall.Stat_t
	if syscall.Lstat(name, &st) == nil && st.Nlink == 1 {
		f.mu.Lock()
		delete(f.byInode, st.Ino)
		f.mu.Unlock()
	}
}

// node is a file or a folder of a disk.
type node struct {
	fs.LoopbackNode
	*files
	*content // of a file
}

// handle is a file that is open. It shows the kernel no descriptor that it could use by itself.
type handle struct{ *os.File }

func (n *node) state() *durable       { return n.disk.state }
func (n *node) path() string          { return n.Path(n.Root()) }
func (n *node) real() string          { return filepath.Join(n.RootData.Path, n.path()) }
func (n *node) below(s string) string { return filepath.Join(n.path(), s) }

// exempt reports whether a file is no data, and shares no fate with them.
func (n *node) exempt() bool { return isShared(n.path()) }

// changing is the error of a change to the names in a folder.
func (n *node) changing(name string, grows bool) syscall.Errno {
	if isShared(name) {
		return 0
	}
	return n.disk.faults.changing(grows)
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	writing := flags&syscall.O_ACCMODE != syscall.O_RDONLY
	if writing && !n.exempt() && n.disk.faults.readOnly.Load() {
		return nil, 0, syscall.EROFS
	}
	f, err := os.OpenFile(n.real(), int(flags)&^syscall.O_APPEND, 0)
	if err == nil && flags&syscall.O_TRUNC != 0 {
		n.state().resized(n.content, 0)
	}
	return &handle{f}, fuse.FOPEN_KEEP_CACHE, fs.ToErrno(err)
}

func (n *node) Create(
	ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut,
) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.changing(name, true); errno != 0 {
		return nil, nil, 0, errno
	}
	inode, f, _, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	if errno != 0 {
		return nil, nil, 0, errno
	}
	if loopback, ok := f.(*fs.LoopbackFile); ok {
		_ = loopback.Release(ctx) // it was never used
	}
	opened, err := os.OpenFile(filepath.Join(n.real(), name), int(flags)&^(syscall.O_APPEND|syscall.O_EXCL|syscall.O_CREAT), 0)
	if err != nil {
		return nil, nil, 0, fs.ToErrno(err)
	}
	if created, ok := inode.Operations().(*node); ok {
		created.content = n.anew(out.Ino)
		path, c := n.below(name), created.content
		n.state().moved(n.path(), func(names map[string]*content) { names[path] = c })
	}
	return inode, &handle{opened}, fuse.FOPEN_KEEP_CACHE, 0
}

func (n *node) Read(_ context.Context, f fs.FileHandle, into []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	if !n.exempt() && n.disk.faults.strike(n.disk.faults.oneIn.Load()) {
		return nil, syscall.EIO
	}
	h, ok := f.(*handle)
	if !ok {
		return nil, syscall.EBADF
	}
	got, err := h.ReadAt(into, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fs.ToErrno(err)
	}
	return fuse.ReadResultData(into[:got]), 0
}

func (n *node) Write(_ context.Context, f fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	h, ok := f.(*handle)
	if !ok {
		return 0, syscall.EBADF
	}
	if !n.exempt() {
		st, err := h.Stat()
		if err != nil {
			return 0, fs.ToErrno(err)
		}
		if errno := n.disk.faults.changing(at+int64(len(data)) > st.Size()); errno != 0 {
			return 0, errno
		}
		n.state().wrote(n.content, at, data)
	}
	written, err := h.WriteAt(data, at)
	return uint32(written), fs.ToErrno(err)
}

func (n *node) Fsync(ctx context.Context, _ fs.FileHandle, _ uint32) syscall.Errno {
	errno := n.disk.faults.syncing(ctx)
	switch {
	case errno == syscall.EINTR:
	case n.content == nil && errno == 0:
		n.state().syncFolder(n.path())
	case n.content == nil:
	case errno == 0:
		n.state().sync(n.content)
	default:
		n.state().lose(n.content)
	}
	return errno
}

func (n *node) Setattr(ctx context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	size, resizes := in.GetSize()
	if resizes && n.content != nil && !n.exempt() {
		if errno := n.disk.faults.changing(false); errno != 0 {
			return errno
		}
		n.state().resized(n.content, int64(size))
	}
	return n.LoopbackNode.Setattr(ctx, nil, in, out)
}

// OpendirHandle opens a folder so that its syncs come to Fsync.
//
//nolint:unparam // its results are those of fs.NodeOpendirHandler
func (n *node) OpendirHandle(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	stream, errno := fs.NewLoopbackDirStream(n.real())
	if errno != 0 {
		return nil, 0, errno
	}
	return &listing{stream, n}, 0, 0
}

// listing is a folder that is open.
type listing struct {
	names fs.DirStream
	of    *node
}

// Readdirent is as of fs.FileReaddirenter.
func (l *listing) Readdirent(context.Context) (*fuse.DirEntry, syscall.Errno) {
	if !l.names.HasNext() {
		return nil, 0
	}
	entry, errno := l.names.Next()
	return &entry, errno
}

// Releasedir is as of fs.FileReleasedirer.
func (l *listing) Releasedir(context.Context, uint32) { l.names.Close() }

// Fsyncdir is as of fs.FileFsyncdirer.
func (l *listing) Fsyncdir(ctx context.Context, flags uint32) syscall.Errno {
	return l.of.Fsync(ctx, l, flags)
}

func (n *node) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }

func (n *node) Release(_ context.Context, f fs.FileHandle) syscall.Errno {
	if h, ok := f.(*handle); ok {
		return fs.ToErrno(h.Close())
	}
	return 0
}

// Allocate and CopyFileRange would change files unseen.
func (n *node) Allocate(context.Context, fs.FileHandle, uint64, uint64, uint32) syscall.Errno {
	return syscall.ENOTSUP
}

// CopyFileRange is as Allocate.
func (n *node) CopyFileRange(
	context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64,
) (uint32, syscall.Errno) {
	return 0, syscall.ENOTSUP
}

func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	if errno := n.changing(name, false); errno != 0 {
		return errno
	}
	n.forget(filepath.Join(n.real(), name))
	errno := n.LoopbackNode.Unlink(ctx, name)
	if errno == 0 {
		n.remove(name)
	}
	return errno
}

func (n *node) remove(name string) {
	path := n.below(name)
	n.state().moved(n.path(), func(names map[string]*content) { delete(names, path) })
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.changing(name, true); errno != 0 {
		return nil, errno
	}
	inode, errno := n.LoopbackNode.Mkdir(ctx, name, mode, out)
	if errno == 0 {
		path := n.below(name)
		n.state().moved(n.path(), func(names map[string]*content) { names[path] = nil })
	}
	return inode, errno
}

func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	if errno := n.changing(name, false); errno != 0 {
		return errno
	}
	errno := n.LoopbackNode.Rmdir(ctx, name)
	if errno == 0 {
		n.remove(name)
	}
	return errno
}

// Rename is not told of as one move between two folders: none of Aula's is.
func (n *node) Rename(ctx context.Context, name string, parent fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	to, ok := parent.(*node)
	if !ok {
		return syscall.EXDEV
	}
	if errno := n.changing(name, true); errno != 0 {
		return errno
	}
	moved, ok := n.GetChild(name).Operations().(*node)
	if !ok {
		return syscall.EIO
	}
	errno := n.LoopbackNode.Rename(ctx, name, parent, newName, flags)
	if errno == 0 {
		from, path, c := n.below(name), to.below(newName), moved.content
		n.state().moved(to.path(), func(names map[string]*content) {
			delete(names, from)
			names[path] = c
		})
	}
	return errno
}

func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	linked, ok := target.(*node)
	if !ok {
		return nil, syscall.EXDEV
	}
	if errno := n.changing(name, true); errno != 0 {
		return nil, errno
	}
	inode, errno := n.LoopbackNode.Link(ctx, target, name, out)
	if errno == 0 {
		path, of := n.below(name), linked.content
		n.state().moved(n.path(), func(names map[string]*content) { names[path] = of })
	}
	return inode, errno
}
