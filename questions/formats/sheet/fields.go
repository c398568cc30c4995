package sheet

// field is what a column may hold. Two columns of one field differ in language or number.
type field struct {
	name string // in the ids of sentences
	// Its names in English and Spanish, the one that is written first.
	en, es []string
	// localised fields have a column for each language.
	localised bool
	// list fields have parts, in one cell or in a column each.
	list bool
	// everywhere: without a language it holds for all languages, not for the first only.
	everywhere bool
	width      float64 // of the column, in characters; 0 is the usual
}

const (
	narrow = 13
	usual  = 18
	wide   = 44
)

// The fields in the order in which they are written.
var (
	idField   = &field{name: "id", en: []string{"id", "identifier"}, es: []string{"id", "identificador"}}
	kindField = &field{
		name: "kind",
		en:   []string{"kind", "type", "question type", "kind of question"},
		es:   []string{"tipo", "tipo de pregunta", "clase"}, width: narrow,
	}
	textField = &field{
		name: "text",
		en:   []string{"text", "question", "question text", "stem", "statement", "prompt", "front"},
		es:   []string{"texto", "pregunta", "enunciado", "anverso", "texto de la pregunta"}, localised: true, width: wide,
	}
	optionsField = &field{
		name: "options",
		en:   []string{"options", "option", "choices", "choice", "items", "item", "pairs", "pair"},
		es: []string{
			"opciones", "opción", "alternativas", "alternativa", "elementos", "elemento", "parejas", "pareja", "pares",
		},
		localised: true, list: true, everywhere: true, width: wide,
	}
	correctField = &field{
		name: "correct",
		en: []string{
			"correct", "correct answer", "correct answers", "correct answer s", "correct option", "correct options", "right",
			"right answer", "solution", "value",
		},
		es: []string{
			"correcta", "correcto", "correctas", "correctos", "respuesta correcta", "respuestas correctas", "opción correcta",
			"solución", "valor", "clave de respuesta",
		},
		width: narrow,
	}
	answerField = &field{
		name: "answer",
		en:   []string{"answer", "answers", "accepted", "accepted answers", "accepted answer"},
		es:   []string{"respuesta", "respuestas", "respuestas aceptadas", "respuesta aceptada"}, localised: true, list: true,
		everywhere: true, width: wide,
	}
	backField = &field{
		name: "back", en: []string{"back", "definition"}, es: []string{"reverso", "dorso", "definición"}, localised: true,
		everywhere: true, width: wide,
	}
	wrongField = &field{
		name: "wrong",
		en:   []string{"wrong", "wrong answers", "wrong answer", "incorrect answers", "distractors", "distractor"},
		es:   []string{"incorrectas", "incorrecta", "respuestas incorrectas", "distractores", "distractor"}, localised: true,
		list: true, everywhere: true, width: wide,
	}
	creditField = &field{
		name: "credit", en: []string{"credit", "credits", "weight", "weights", "fraction", "fractions"},
		es: []string{"crédito", "créditos", "peso", "pesos", "fracción", "fracciones"}, list: true,
	}
	toleranceField = &field{
		name: "tolerance", en: []string{"tolerance", "margin"}, es: []string{"tolerancia", "margen"}, width: narrow,
	}
	unitField = &field{
		name: "unit", en: []string{"unit", "units"}, es: []string{"unidad", "unidades"}, localised: true, list: true,
		everywhere: true, width: narrow,
	}
	explanationField = &field{
		name: "explanation", en: []string{"explanation", "general feedback", "rationale"},
		es: []string{"explicación", "retroalimentación general", "justificación"}, localised: true, width: wide,
	}
	feedbackField = &field{
		name: "feedback", en: []string{"feedback"}, es: []string{"comentarios", "comentario", "retroalimentación"},
		localised: true, list: true, width: wide,
	}
	hintField = &field{
		name: "hint", en: []string{"hint", "hints", "help"}, es: []string{"pista", "pistas", "ayuda"}, localised: true, list: true,
		width: wide,
	}
	hintCostField = &field{
		name: "hint_cost", en: []string{"hint cost", "hint costs", "cost of hints"},
		es: []string{"costo de pista", "costo de pistas", "costo de las pistas", "coste de pista"}, list: true,
	}
	pointsField = &field{
		name: "points", en: []string{"points", "marks", "score"}, es: []string{"puntos", "puntaje", "puntuación"}, width: narrow,
	}
	timeField = &field{
		name: "time_limit", en: []string{"time limit", "time", "seconds", "time limit sec"},
		es: []string{"tiempo límite", "tiempo", "segundos", "límite de tiempo"}, width: narrow,
	}
	triesField      = &field{name: "tries", en: []string{"tries", "attempts"}, es: []string{"intentos"}, width: narrow}
	penaltyField    = &field{name: "penalty", en: []string{"penalty"}, es: []string{"penalización"}, width: narrow}
	difficultyField = &field{
		name: "difficulty", en: []string{"difficulty", "level"}, es: []string{"dificultad", "nivel"}, width: narrow,
	}
	tagsField = &field{
		name: "tags", en: []string{"tags", "tag", "topics", "topic", "category"},
		es: []string{"etiquetas", "etiqueta", "temas", "tema", "categoría"},
	}
	settingsField = &field{name: "settings", en: []string{"settings", "options of the question"}, es: []string{"ajustes", "configuración"}}
	nameField     = &field{name: "name", en: []string{"name"}, es: []string{"nombre"}}
	keyField      = &field{name: "key", en: []string{"key", "id number", "idnumber"}, es: []string{"clave", "número de id"}}
	factField     = &field{name: "fact", en: []string{"fact"}, es: []string{"hecho"}}
	partIDsField  = &field{
		name: "part_ids", en: []string{"part ids", "ids of parts"}, es: []string{"ids de las partes", "ids de partes"}, list: true,
	}
)

var fields = []*field{
	idField, kindField, textField, optionsField, correctField, answerField, backField, wrongField, creditField, toleranceField,
	unitField, explanationField, feedbackField, hintField, hintCostField, pointsField, timeField, triesField, penaltyField,
	difficultyField, tagsField, settingsField, nameField, keyField, factField, partIDsField,
}

// always are the fields that are written even where no question has them: without them a
// sheet is no form to fill in.
var always = map[*field]bool{
	idField: true, kindField: true, textField: true, optionsField: true, correctField: true, answerField: true,
	explanationField: true,
}

// word is the field's name as it is written.
func (f *field) word(spanish bool) string {
	if spanish {
		return f.es[0]
	}
	return f.en[0]
}
