package library

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"aula/questions/formats"
)

// sample is what becomes of a file of another program: the questions it has, how many
// problems of each severity are told, and the sentence by which it is refused.
type sample struct {
	format                       string
	questions, skipped, warnings int
	refused                      string
}

// samples are all of them, by their name or a pattern that only they match.
var samples = map[string]sample{
	"anki/ap_gov_vocab_anki11.apkg":                        {format: "anki", questions: 484, warnings: 1},
	"anki/empty-latest.apkg":                               {format: "anki", refused: "format.anki.no_notes"},
	"anki/empty-legacy-2.apkg":                             {format: "anki", refused: "format.anki.no_notes"},
	"gift/TFTwoFeedback.gift":                              {format: "gift", questions: 3, warnings: 2},
	"gift/category1.gift":                                  {format: "gift", refused: "library.nothing_to_load"},
	"gift/categorySpecialCharacter.gift":                   {format: "gift", refused: "library.nothing_to_load"},
	"gift/description1.gift":                               {format: "gift", questions: 1, skipped: 1, warnings: 1},
	"gift/descriptionTitleEscapedColon.gift":               {format: "gift", questions: 1, skipped: 1, warnings: 1},
	"gift/descriptionWithID.gift":                          {format: "gift", questions: 1, skipped: 1, warnings: 1},
	"gift/es-ejemplo-basico.gift":                          {format: "gift", questions: 8},
	"gift/es-ejemplo-gift.txt":                             {format: "gift", questions: 10, warnings: 1},
	"gift/es-ejemplo-matematicas.gift":                     {format: "gift", questions: 8, warnings: 7},
	"gift/escapeAll.gift":                                  {format: "gift", questions: 1},
	"gift/escapeColon.gift":                                {format: "gift", refused: "format.gift.several_right"},
	"gift/escapeEquals.gift":                               {format: "gift", questions: 1},
	"gift/essay1.gift":                                     {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/formatExamples.gift":                             {format: "gift", questions: 1},
	"gift/giftFormatPhpExamples.gift":                      {format: "gift", questions: 10, warnings: 1},
	"gift/markdown.gift":                                   {format: "gift", skipped: 4, refused: "library.nothing_to_load"},
	"gift/matching1.gift":                                  {format: "gift", questions: 2},
	"gift/mc1.gift":                                        {format: "gift", questions: 1},
	"gift/mc2.gift":                                        {format: "gift", questions: 1},
	"gift/mc4.gift":                                        {format: "gift", questions: 1},
	"gift/mc5.gift":                                        {format: "gift", questions: 4},
	"gift/multipleAnswersFloat.gift":                       {format: "gift", questions: 1},
	"gift/newlineAndLaTeX.gift":                            {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/shortAnswer1.gift":                               {format: "gift", questions: 2},
	"gift/shortAnswer2.gift":                               {format: "gift", questions: 2},
	"gift/shortFirstEmbedded.gift":                         {format: "gift", questions: 2},
	"gift/shortFirstEmbeddedUnderline.gift":                {format: "gift", questions: 2, warnings: 1},
	"gift/shortFirstEmbeddedUnderlineHTML.gift":            {format: "gift", questions: 2, warnings: 1},
	"gift/symbolsAll.gift":                                 {format: "gift", questions: 1, warnings: 1},
	"gift/tag_id.gift":                                     {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/tag_id_and_two_tags.gift":                        {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/tag_two_tags.gift":                               {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/tf1.gift":                                        {format: "gift", questions: 1},
	"gift/tf1_html.gift":                                   {format: "gift", questions: 1},
	"gift/tf1_markdown.gift":                               {format: "gift", questions: 1},
	"gift/tf2.gift":                                        {format: "gift", questions: 2},
	"gift/totara_moodle_essay.gift":                        {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/totara_moodle_match.gift":                        {format: "gift", questions: 1},
	"gift/totara_moodle_multichoice.gift":                  {format: "gift", questions: 1},
	"gift/totara_moodle_multichoice_multi.gift":            {format: "gift", questions: 1},
	"gift/totara_moodle_pre_content.gift":                  {format: "gift", skipped: 1, refused: "library.nothing_to_load"},
	"gift/totara_moodle_shortanswer.gift":                  {format: "gift", questions: 1, warnings: 1},
	"gift/totara_moodle_shortanswer_general_feedback.gift": {format: "gift", questions: 1, warnings: 1},
	"gift/totara_moodle_truefalse.gift":                    {format: "gift", questions: 1, warnings: 1},
	"gift/totara_moodle_truefalse_true_answer1.gift":       {format: "gift", questions: 1, warnings: 1},
	"gift/totara_moodle_truefalse_true_answer2.gift":       {format: "gift", questions: 1, warnings: 1},
	"gift/type_inferred_multiline_markdown.gift":           {format: "gift", questions: 1, warnings: 1},
	"kahoot/Kahoot-Quiz-Spreadsheet-Template.xlsx":         {format: "xlsx", skipped: 1, refused: "library.nothing_to_load"},
	"kahoot/kahoot-quiz-from-csv.xlsx":                     {format: "xlsx", questions: 16},
	"qti/items_2.2/shared/orkney.css":                      {refused: "library.unknown_format"},
	"qti/items_2.2/shared/orkney.html":                     {refused: "library.is_html"},
	"qti/*/*.xml":                                          {refused: "library.is_qti"},
	"qti/*/images/*":                                       {refused: "library.is_picture"},
}

// sampleFolder is where other people's files to try are.
func sampleFolder(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("AULA_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	folder := filepath.Join(shared, "samples")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no samples of other programs: set AULA_SHARED to the folder that has samples in it (%v)", err)
	}
	return folder
}

// Every file of other programs is loaded with as many questions as it has, or refused for a
// reason that says what to do.
func TestSamples(t *testing.T) {
	folder, met := sampleFolder(t), map[string]bool{}
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, file fs.DirEntry, err error) error {
		if err != nil || file.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		f, err := Read(t.Context(), data, Options{File: path.Base(name)})
		if err != nil {
			return err
		}
		pattern := sampleOf(name)
		met[pattern] = true
		r := tryLoad(t, nil, f)
		if got := sum(r); pattern == "" || got != samples[pattern] {
			t.Errorf("%s: %+v, want %+v:\n%s", name, got, samples[pattern], problemsOf(r))
		}
		checkToldTwice(t, name, r.Result)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pattern := range samples {
		if !met[pattern] {
			t.Errorf("there is no %s", pattern)
		}
	}
}

// sampleOf finds a file in the table; "" where it is not there.
func sampleOf(name string) string {
	if _, there := samples[name]; there {
		return name
	}
	for pattern := range samples {
		if matches, err := path.Match(pattern, name); err == nil && matches {
			return pattern
		}
	}
	return ""
}

// sum sums up what became of a file.
func sum(r *loaded) sample {
	s := sample{format: r.Format, questions: len(r.Set.GetQuestions())}
	for _, p := range r.Problems {
		switch p.Severity {
		case formats.Error:
			s.refused = p.ID
		case formats.Skipped:
			s.skipped++
		case formats.Warning:
			s.warnings++
		default:
		}
	}
	return s
}

// checkToldTwice makes sure that every problem is told in both languages.
func checkToldTwice(t *testing.T, name string, r *Result) {
	t.Helper()
	spanish := r.Report(sayIn(t, "es"), "es").GetProblems()
	for i, told := range r.Report(sayIn(t, "en"), "en").GetProblems() {
		if en, es := told.GetMessage(), spanish[i].GetMessage(); !strings.Contains(en, " ") || en == es {
			t.Errorf("%s: %q is told in Spanish as %q", name, en, es)
		}
	}
}
