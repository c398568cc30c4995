package anki

import "strings"

// The types of notes that Aula writes, and takes the notes of a text to be of. They are
// those that every collection has, with a field for what the back shows besides.
var (
	basic = &noteType{
		name: "Basic", fields: []string{"Front", "Back", extraField},
		templates: []template{{"Card 1", "{{Front}}", "{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}" + extraSection}},
	}
	reversed = &noteType{
		name: "Basic (and reversed card)", fields: []string{"Front", "Back", extraField},
		templates: []template{
			{"Card 1", "{{Front}}", "{{FrontSide}}\n\n<hr id=answer>\n\n{{Back}}" + extraSection},
			{"Card 2", "{{Back}}", "{{FrontSide}}\n\n<hr id=answer>\n\n{{Front}}" + extraSection},
		},
	}
	typeIn = &noteType{
		name: "Basic (type in the answer)", fields: []string{"Front", "Back", extraField},
		templates: []template{{"Card 1", "{{Front}}\n\n{{type:Back}}", "{{Front}}\n\n<hr id=answer>\n\n{{type:Back}}" + extraSection}},
	}
	fillIn = &noteType{
		name: "Cloze", cloze: true, fields: []string{"Text", extraField},
		templates: []template{{"Cloze", "{{cloze:Text}}", "{{cloze:Text}}<br>\n{{" + extraField + "}}"}},
	}
)

const extraSection = "{{#" + extraField + "}}<br><br>\n{{" + extraField + "}}{{/" + extraField + "}}"

// named by parts of what Anki calls its types in English and in Spanish.
var typesByName = []struct {
	part string
	kind *noteType
}{
	{"cloze", fillIn},
	{"respuesta anidada", fillIn},
	{"hueco", fillIn},
	{"omisión", fillIn},
	{"type in", typeIn},
	{"typing", typeIn},
	{"tecle", typeIn},
	{"escrib", typeIn},
	{"optional reversed", basic}, // whether there is a second card is not in the text
	{"reverse", reversed},
	{"invers", reversed},
	{"invert", reversed},
}

// typeOf guesses the type of a text's note by its name and its first field.
func typeOf(name, first string) *noteType {
	name = strings.ToLower(name)
	for _, known := range typesByName {
		if strings.Contains(name, known.part) {
			return known.kind
		}
	}
	if len(first) <= maxHTML && len(ordinals(parseCloze(first))) > 0 {
		return fillIn
	}
	return basic
}
