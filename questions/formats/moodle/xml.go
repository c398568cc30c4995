package moodle

import (
	"encoding/xml"
	"errors"
	"html"
	"strings"
)

// question is a question as Moodle XML has it, whatever its type.
type question struct {
	Type string `xml:"type,attr"`
	Name rich   `xml:"name"`
	Text rich   `xml:"questiontext"`

	Category rich `xml:"category"`
	Info     rich `xml:"info"`

	Feedback rich   `xml:"generalfeedback"`
	Grade    string `xml:"defaultgrade"`
	Penalty  string `xml:"penalty"`
	Hidden   string `xml:"hidden"`
	Key      string `xml:"idnumber"`
	Tags     []text `xml:"tags>tag>text"`
	Hints    []rich `xml:"hint"`

	Correct   rich `xml:"correctfeedback"`
	Partial   rich `xml:"partiallycorrectfeedback"`
	Incorrect rich `xml:"incorrectfeedback"`

	Single  string   `xml:"single"`
	Shuffle string   `xml:"shuffleanswers"`
	UseCase string   `xml:"usecase"`
	Answers []answer `xml:"answer"`

	Subquestions []subquestion `xml:"subquestion"`

	Units       []unit `xml:"units>unit"`
	UnitGrading string `xml:"unitgradingtype"`
	UnitPenalty string `xml:"unitpenalty"`

	Grading string `xml:"gradingtype"`
	Select  string `xml:"selecttype"`

	// Moodle 1 kept one picture apart from the text.
	Image     string `xml:"image"`
	ImageData string `xml:"image_base64"`
}

// rich is a text with its format and the files it shows.
type rich struct {
	Format string `xml:"format,attr"`
	Text   text   `xml:"text"`
	Files  []file `xml:"file"`
}

type file struct {
	Name     string `xml:"name,attr"`
	Path     string `xml:"path,attr"`
	Encoding string `xml:"encoding,attr"`
	Data     string `xml:",chardata"`
}

type answer struct {
	rich

	at int64 // where its start tag ends

	Fraction  string
	Feedback  rich
	Tolerance string
}

// UnmarshalXML reads an answer and remembers where it stands.
func (a *answer) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	a.at = d.InputOffset()
	var read struct {
		rich

		Fraction  string `xml:"fraction,attr"`
		Feedback  rich   `xml:"feedback"`
		Tolerance string `xml:"tolerance"`
	}
	if err := d.DecodeElement(&read, &start); err != nil {
		return err
	}
	a.rich, a.Fraction, a.Feedback, a.Tolerance = read.rich, read.Fraction, read.Feedback, read.Tolerance
	return nil
}

type subquestion struct {
	rich

	Answer rich `xml:"answer"`
}

type unit struct {
	Multiplier string `xml:"multiplier"`
	Name       string `xml:"unit_name"`
}

// text is the content of an element, with the tags of HTML that is written into it as it is.
type text string

// UnmarshalXML reads everything up to the end of the element.
func (t *text) UnmarshalXML(d *xml.Decoder, _ xml.StartElement) error {
	var b strings.Builder
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.CharData:
			if depth > 0 { // beside tags, signs are HTML
				b.WriteString(html.EscapeString(string(token)))
			} else {
				b.Write(token)
			}
		case xml.StartElement:
			const deepest = 100
			if depth++; depth > deepest {
				return errors.New("elements stand too deep in each other")
			}
			b.WriteString("<" + token.Name.Local)
			for _, a := range token.Attr {
				b.WriteString(" " + a.Name.Local + `="` + html.EscapeString(a.Value) + `"`)
			}
			b.WriteString(">")
		case xml.EndElement:
			if depth == 0 {
				*t = text(b.String())
				return nil
			}
			depth--
			b.WriteString("</" + token.Name.Local + ">")
		}
	}
}
