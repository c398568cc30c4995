package anki

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/klauspost/compress/zstd"

	"aula/questions/formats"
)

// maxWindow bounds what a zstd decoder keeps in memory, in bytes. Frames of one segment
// need as much as they unpack to, so it has room for the largest medium.
const maxWindow = 2 * formats.MaxMedia

// errTooLarge is returned for a member that unpacks to more than it may.
var errTooLarge = errors.New("anki: unpacks to too much")

// archive is the zip file of a package.
type archive struct {
	members map[string]*zip.File
	zstd    bool  // the members are compressed with zstd, besides
	left    int64 // bytes that may yet be unpacked
}

// openArchive reads the directory of a package. The error is a *formats.Unreadable.
func openArchive(data []byte) (*archive, error) {
	// Every entry of the directory begins with this mark. Counting them first keeps the
	// directory's own size, which may be anything, out of the memory.
	if bytes.Count(data, []byte("PK\x01\x02")) > formats.MaxMembers {
		return nil, &formats.Unreadable{ID: "format.anki.too_many_members", Args: map[string]any{"Max": formats.MaxMembers}}
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, &formats.Unreadable{ID: "format.anki.not_zip"}
	}
	a := &archive{members: make(map[string]*zip.File, len(z.File)), left: formats.MaxUnpacked}
	for _, member := range z.File {
		name := member.Name
		switch {
		case strings.ContainsAny(name, `\:`), !fs.ValidPath(strings.TrimSuffix(name, "/")):
			return nil, &formats.Unreadable{ID: "format.anki.unsafe_name", Args: map[string]any{"Name": shorten(name)}}
		case a.members[name] != nil:
			return nil, &formats.Unreadable{ID: "format.anki.duplicate_name", Args: map[string]any{"Name": shorten(name)}}
		}
		a.members[name] = member
	}
	return a, nil
}

// collection finds the member that is the database, and how the others are packed. A package
// of a newer version holds a stub of the oldest as well, which only asks to update Anki. The
// error is a *formats.Unreadable.
func (a *archive) collection() (string, error) {
	name := collections[1]
	if a.members["meta"] != nil {
		meta, err := a.read("meta", 1<<10)
		if err != nil {
			return "", &formats.Unreadable{ID: "format.anki.corrupt"}
		}
		version := uintField(meta, 1)
		if version == 0 || version >= uint64(len(collections)) {
			return "", &formats.Unreadable{ID: "format.anki.too_new"}
		}
		name = collections[version]
		a.zstd = version == 3
	} else if a.members[collections[2]] != nil {
		name = collections[2]
	}
	if a.members[name] == nil {
		return "", &formats.Unreadable{ID: "format.anki.no_collection", Args: map[string]any{"Name": name}}
	}
	return name, nil
}

// unpack writes what a member holds, up to a limit of bytes, to w. The error is errTooLarge,
// one of w's, or says that the member is damaged or missing.
func (a *archive) unpack(w io.Writer, name string, limit int64) error {
	member := a.members[name]
	if member == nil {
		return fs.ErrNotExist
	}
	packed, err := member.Open()
	if err != nil {
		return err
	}
	defer packed.Close()
	var plain io.Reader = packed
	if a.zstd {
		d, err := zstd.NewReader(packed,
			zstd.WithDecoderConcurrency(1), // no goroutines, which would have to be waited for
			zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(maxWindow),
			zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return err
		}
		defer d.Close()
		plain = d
	}
	limit = min(limit, a.left)
	n, err := io.Copy(w, io.LimitReader(plain, limit+1))
	a.left -= n
	if n > limit {
		return errTooLarge
	}
	return err
}

// read gives what a member holds. The error is as in unpack.
func (a *archive) read(name string, limit int64) ([]byte, error) {
	var b bytes.Buffer
	if err := a.unpack(&b, name, limit); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
