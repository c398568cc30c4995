// Package sheet reads and writes question sets as spreadsheets: CSV, TSV and XLSX, in one
// layout. A row is a question, and each language has columns of its own.
//
// # The layout
//
// The first row that names a column for the text, and one more that is known, is the header.
// Columns stand in any order, by their English or Spanish names, whatever their capitals,
// accents and punctuation. The language follows in parentheses: "text (es)", "texto (en)".
// Columns without one are of the file's only language or, if it has several, hold for all of
// them (answers, options) or for the first (sentences). A column that is not known is
// reported and passed over.
//
//	id, key, name            what the question is known by; none is needed
//	kind                     choice, true/false, number, text, cloze, order, match or card;
//	                         may be left out if the other cells tell, which they do for all
//	                         but order
//	text (xx)                what is asked
//	options (xx)             choice: the options; order: the items, in the right order, "= "
//	                         before one that may change places with the item before it;
//	                         match: the pairs, "Ecuador = Quito"
//	correct                  choice: the letters of the right options, "B" or "A, C" (numbers
//	                         and the text itself will do); true/false: TRUE or FALSE; number:
//	                         "9.8", "9.8 ± 0.1", "10..20", "60%", then others that are accepted
//	answer (xx)              text: what is accepted; card: the back
//	wrong (xx)               match: what belongs to nothing; text: answers known to be wrong
//	credit                   choice, text, number: what each option or answer is worth, "1 | 0.5"
//	                         or "100% | 50%"; cloze: what each blank counts
//	tolerance                number: "0.1", "5%" of the value, or "3 sf" (significant figures)
//	unit or unit (xx)        number: "%", "year", or units of measure, "km | m = 0.001"
//	explanation (xx)         why the key is right
//	feedback (xx)            to those who chose or typed it: one for each option or answer
//	hint (xx), hint cost     help in steps, and what each takes off the credit
//	points, time limit, tries, penalty, difficulty, tags, fact
//	settings                 see settings.go: "several", "fixed order", "last E", "accents" …
//	part ids                 of options, items, pairs and blanks, so that they keep their ids
//
// Parts of a cell (options, answers, hints, tags) stand between vertical bars, or one a line
// where there is no bar; "\|" is a bar of the text itself. They may as well have a column
// each: "option 1 (es)", "option 2 (es)". Parts of different languages belong together by
// their place, and a place may be empty: "uno | | tres".
//
// A cloze has its answers within its text: "Water boils at [[100]] °C. [[*Quito | Guayaquil]]
// is the capital of [[Ecuador | the Republic of Ecuador]]." What reads as a number is asked
// for as one, unless it is in double quotes; stars mark what is right among options to choose
// from. Where languages have the blanks in different orders, ids tell them apart:
// "[[river: Napo]]".
//
// Above the header, rows of two cells say what the set is: "#id", "#title (xx)",
// "#description (xx)", "#language" (the one to fall back to) and "#certainty". Other rows
// above it are titles of the sheet's own and mean nothing.
//
// Texts are CommonMark. A cell that a spreadsheet would take for a formula is written with an
// apostrophe in front, which reading takes off again.
//
// What is held in memory is bounded by the file and by the 100,000 questions that are made of
// it at most. A single long line of text costs less than 16 times its size in allocations, and
// a workbook may unpack to 192 MB, its larger sheets into temporary files that are gone when
// reading returns.
//
// Kahoot's template has a header that is near enough: its questions are read as choices.
package sheet
