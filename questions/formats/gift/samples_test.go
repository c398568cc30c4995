package gift_test

import (
	"os"
	"path/filepath"
	"testing"

	"aula/questions/formats"
	"aula/questions/formats/gift"
)

// samples are files of other programs, and what becomes of each: how many questions are
// read, how many are wrong, and how many Aula has no kind for.
var samples = map[string]struct{ questions, errors, skipped int }{
	"TFTwoFeedback.gift":                              {3, 0, 0},
	"category1.gift":                                  {0, 0, 0},
	"categorySpecialCharacter.gift":                   {0, 0, 0},
	"description1.gift":                               {1, 0, 1},
	"descriptionTitleEscapedColon.gift":               {1, 0, 1},
	"descriptionWithID.gift":                          {1, 0, 1},
	"es-ejemplo-basico.gift":                          {8, 0, 0},
	"es-ejemplo-gift.txt":                             {10, 0, 0},
	"es-ejemplo-matematicas.gift":                     {8, 0, 0},
	"escapeAll.gift":                                  {1, 0, 0},
	"escapeColon.gift":                                {0, 1, 0}, // one may be chosen, and four are right
	"escapeEquals.gift":                               {1, 0, 0},
	"essay1.gift":                                     {0, 0, 1},
	"formatExamples.gift":                             {1, 0, 0},
	"giftFormatPhpExamples.gift":                      {10, 0, 0},
	"markdown.gift":                                   {0, 0, 4},
	"matching1.gift":                                  {2, 0, 0},
	"mc1.gift":                                        {1, 0, 0},
	"mc2.gift":                                        {1, 0, 0},
	"mc4.gift":                                        {1, 0, 0},
	"mc5.gift":                                        {4, 0, 0},
	"multipleAnswersFloat.gift":                       {1, 0, 0},
	"newlineAndLaTeX.gift":                            {0, 0, 1},
	"shortAnswer1.gift":                               {2, 0, 0},
	"shortAnswer2.gift":                               {2, 0, 0},
	"shortFirstEmbedded.gift":                         {2, 0, 0},
	"shortFirstEmbeddedUnderline.gift":                {2, 0, 0},
	"shortFirstEmbeddedUnderlineHTML.gift":            {2, 0, 0},
	"symbolsAll.gift":                                 {1, 0, 0},
	"tag_id.gift":                                     {0, 0, 1},
	"tag_id_and_two_tags.gift":                        {0, 0, 1},
	"tag_two_tags.gift":                               {0, 0, 1},
	"tf1.gift":                                        {1, 0, 0},
	"tf1_html.gift":                                   {1, 0, 0},
	"tf1_markdown.gift":                               {1, 0, 0},
	"tf2.gift":                                        {2, 0, 0},
	"totara_moodle_essay.gift":                        {0, 0, 1},
	"totara_moodle_match.gift":                        {1, 0, 0},
	"totara_moodle_multichoice.gift":                  {1, 0, 0},
	"totara_moodle_multichoice_multi.gift":            {1, 0, 0},
	"totara_moodle_pre_content.gift":                  {0, 0, 1},
	"totara_moodle_shortanswer.gift":                  {1, 0, 0},
	"totara_moodle_shortanswer_general_feedback.gift": {1, 0, 0},
	"totara_moodle_truefalse.gift":                    {1, 0, 0},
	"totara_moodle_truefalse_true_answer1.gift":       {1, 0, 0},
	"totara_moodle_truefalse_true_answer2.gift":       {1, 0, 0},
	"type_inferred_multiline_markdown.gift":           {1, 0, 0},
}

// sampleFolder is where other people's files to try are.
func sampleFolder(t testing.TB) string {
	t.Helper()
	root := os.Getenv("AULA_SHARED")
	if root == "" {
		root = "../../../../shared"
	}
	folder := filepath.Join(root, "samples", "gift")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no samples of other programs: set AULA_SHARED to the folder that has samples in it (%v)", err)
	}
	return folder
}

func TestSamples(t *testing.T) {
	folder := sampleFolder(t)
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		want, known := samples[entry.Name()]
		if !known {
			t.Errorf("%s is not in the table", entry.Name())
		}
		data, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		doc := read(t, string(data))
		got := want
		got.questions, got.errors, got.skipped = len(doc.Set.GetQuestions()), 0, 0
		for _, p := range doc.Problems {
			switch p.Severity {
			case formats.Error:
				got.errors++
			case formats.Skipped:
				got.skipped++
			}
		}
		if got != want {
			t.Errorf("%s is read as %+v, want %+v: %s", entry.Name(), got, want, told(doc.Problems))
		}
		if score := gift.Detect(entry.Name(), data); score < 50 {
			t.Errorf("%s is GIFT by %d only", entry.Name(), score)
		}
		checkValid(t, doc)
	}
}
