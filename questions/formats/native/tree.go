package native

import "strings"

// kind is what a node of a file is.
type kind uint8

const (
	plain  kind = iota // a scalar without quotes: what it means depends on the field
	quoted             // a scalar that can only be a text
	list
	dict // its children are keys and values in turn
)

// node is a value of a file, before anyone asks what it should be. The nodes of a tree refer
// to each other by index: 0 is none.
type node struct {
	kind        kind
	at          int32 // offset in the file
	first, next int32 // child, sibling
	text        string
}

// null reports whether the node is a value that is left out.
func (n *node) null() bool {
	if n.kind != plain {
		return false
	}
	switch n.text {
	case "", "~", "null", "Null", "NULL":
		return true
	}
	return false
}

func (n *node) scalar() bool { return n.kind == plain || n.kind == quoted }

// tree holds the nodes of a file or of a part of it.
type tree struct {
	nodes []node
	most  int // how many there may be
}

// How many nodes there may be in a file, and in a question that is read by itself. A
// question has some 60; a node takes 32 bytes.
const (
	maxNodes         = 8_000_000
	maxQuestionNodes = 200_000
)

// full reports whether there are as many nodes as there may be.
func (t *tree) full() bool { return len(t.nodes) > t.most }

// reset forgets the nodes and keeps their memory.
func (t *tree) reset() { t.nodes = append(t.nodes[:0], node{}) }

func (t *tree) add(k kind, at int, text string) int32 {
	t.nodes = append(t.nodes, node{kind: k, at: int32(at), text: text})
	return int32(len(t.nodes) - 1)
}

// chain gathers the children of a node.
type chain struct{ first, last int32 }

func (t *tree) link(c *chain, n int32) {
	if c.last == 0 {
		c.first = n
	} else {
		t.nodes[c.last].next = n
	}
	c.last = n
}

// child finds the value under a key of a dict, or 0.
func (t *tree) child(n int32, key string) int32 {
	if t.nodes[n].kind != dict {
		return 0
	}
	for k := t.nodes[n].first; k != 0; {
		v := t.nodes[k].next
		if t.nodes[k].text == key {
			return v
		}
		k = t.nodes[v].next
	}
	return 0
}

// item finds a value of a list, or 0.
func (t *tree) item(n int32, index int) int32 {
	if t.nodes[n].kind != list {
		return 0
	}
	for c := t.nodes[n].first; c != 0; c = t.nodes[c].next {
		if index == 0 {
			return c
		}
		index--
	}
	return 0
}

// find follows a path as far as it goes.
func (t *tree) find(n int32, path []step) int32 {
	for _, s := range path {
		var next int32
		if s.name == "" {
			next = t.item(n, s.index)
		} else if next = t.child(n, s.name); next == 0 {
			next = t.child(n, camel(s.name))
		}
		if next == 0 {
			break
		}
		n = next
	}
	return n
}

// label is what the author knows a question or the like by: its id, name or first words.
func (t *tree) label(n int32) string {
	if known := t.said(n, "id", "name"); known != "" {
		return shorten(known)
	}
	if text := t.child(n, "text"); text != 0 && t.nodes[text].kind == dict && t.nodes[text].first != 0 {
		if v := t.nodes[t.nodes[text].first].next; t.nodes[v].scalar() {
			return shorten(t.nodes[v].text)
		}
	}
	return ""
}

// said is what the first of some fields says that is there.
func (t *tree) said(n int32, fields ...string) string {
	for _, field := range fields {
		if v := t.child(n, field); v != 0 && t.nodes[v].scalar() && !t.nodes[v].null() {
			return strings.Clone(t.nodes[v].text)
		}
	}
	return ""
}
