package library

// Formats lists the formats, the most telling first.
func Formats() []string { return nil }

// Extension is what the names of a format's files end in, with its dot.
func Extension(format string) string { return "" }

// ContentType is a format's media type.
func ContentType(format string) string { return "" }

// UnknownFormat is returned for a format that Aula does not know.
type UnknownFormat struct{ Format string }

func (e *UnknownFormat) Error() string { return "unknown format " + e.Format }
