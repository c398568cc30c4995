package native

// yaml reads the file question by question where it is laid out for that, else at once.
func (r *reader) yaml() *fault {
	l, ok := split(r.text)
	if ok && r.yamlRest(l) {
		r.parse = r.yamlPart
		r.questions(l.parts, false)
		if r.failed == 0 || r.ctx.Err() != nil || !fits(r.text, maxFull) {
			return nil
		}
	}
	// What seems wrong may be due to the splitting: a text in quotes that goes on at the
	// beginning of a line, or an anchor that is named in another question.
	whole := &tree{most: maxNodes}
	root, err := yamlWhole(whole, r.text)
	if err != nil {
		if r.failed > 0 {
			return nil
		}
		return err
	}
	return r.all(whole, root)
}

// yamlRest reads all but the questions.
func (r *reader) yamlRest(l layout) bool {
	y := yamlAt(r.rest, r.text, 0)
	y.hole, y.tail = l.hole, l.tail
	y.check(0, l.hole)
	y.check(l.tail, len(r.text))
	if r.root = y.whole(); r.root == 0 {
		r.rest.reset()
		key := l.hole + len("questions:\n")
		left := gap{from: key, to: l.tail}
		if r.text[key-1] != '\n' {
			return false
		}
		var err *fault
		if r.root, err = fullYAML(r.rest, r.text, 0, left); err != nil || r.root == 0 {
			r.rest.reset()
			return false
		}
	}
	n := r.rest.nodes[r.root].first
	for n != 0 && int(r.rest.nodes[n].at) != l.hole {
		n = r.rest.nodes[r.rest.nodes[n].next].next
	}
	if n == 0 || r.rest.nodes[n].text != "questions" {
		r.rest.reset()
		return false
	}
	return true
}

// yamlPart reads one question.
func (r *reader) yamlPart(t *tree, p part) (int32, *fault) {
	y := yamlAt(t, r.text[:p.end], int(p.at))
	y.check(int(p.at), int(p.end))
	if n := y.entry(); n != 0 || y.err.id == "format.native.too_much" {
		return n, y.err
	}
	t.reset()
	n, err := fullYAML(t, r.text[:p.end], int(p.at), gap{})
	if err != nil {
		return 0, better(r.text, y.err, err)
	}
	if entry := t.nodes[n].first; t.nodes[n].kind == list && entry != 0 && t.nodes[entry].next == 0 {
		return entry, nil
	}
	return 0, mistake(p.at, "format.native.yaml_indent")
}

// yamlWhole reads a whole file.
func yamlWhole(t *tree, text string) (int32, *fault) {
	t.reset()
	y := yamlAt(t, text, 0)
	y.check(0, len(text))
	if n := y.whole(); n != 0 || y.err.id == "format.native.too_much" {
		return n, y.err
	}
	t.reset()
	n, err := fullYAML(t, text, 0, gap{})
	if err != nil {
		return 0, better(text, y.err, err)
	}
	return n, nil
}

// better chooses what to tell of a text that neither yamlText nor package yaml can read:
// yamlText knows the column, but may have stopped before the mistake, at what it leaves
// alone.
func better(text string, ours, theirs *fault) *fault {
	switch theirs.id {
	case ours.id:
		return ours
	case "format.native.yaml_syntax", "format.native.yaml_colon":
	case "format.native.yaml_anchor": // package yaml does not say where
		if text[ours.at] == '*' {
			return mistake(ours.at, theirs.id)
		}
		return theirs
	default:
		return theirs
	}
	from, to := min(ours.at, theirs.at), max(ours.at, theirs.at)
	const near = 1 // lines
	if theirs.at > ours.at && (spot{at: from}).to(text, to).line > near {
		return theirs
	}
	return ours
}

// all takes the questions from the tree of the whole file.
func (r *reader) all(whole *tree, root int32) *fault {
	if whole.nodes[root].kind != dict {
		return mistake(whole.nodes[root].at, "format.native.not_a_set")
	}
	warnings := r.document.Problems[:r.decoding]
	*r.document = *newDocument()
	r.document.Problems = warnings
	r.kept, r.seen, r.failed, r.tooMany = nil, 0, 0, false
	r.rest, r.root = whole, root
	questions := whole.child(root, "questions")
	if questions == 0 || whole.nodes[questions].kind != list {
		return nil
	}
	var parts []part
	at := start
	for n := whole.nodes[questions].first; n != 0; n = whole.nodes[n].next {
		if begins := whole.nodes[n].at; begins > at.at {
			at = at.to(r.text, begins)
		}
		parts = append(parts, part{spot: at, end: at.at, node: n})
	}
	r.questions(parts, false)
	return nil
}
