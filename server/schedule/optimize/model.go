package optimize

import (
	"math"

	aulav1 "aula/proto/aula/v1"
	"aula/server/schedule"
)

// What stability and difficulty may be, as in package schedule.
const (
	minStability  = 0.001
	maxStability  = 36500
	minDifficulty = 1
	maxDifficulty = 10
)

var logRecall = math.Log(0.9) // what a stability is defined by

// model is the memory model with certain weights, as a function of them that can be
// differentiated. It does not round, as package schedule does.
type model struct {
	w schedule.Weights

	// What follows from the weights alone.
	factor  float64 // of the forgetting curve
	dFactor float64 // by w20
	growth  float64 // e^w8
	ceiling float64 // e^-(w17*w18): what is left of a stability at most
	easy    float64 // e^(3*w5)
	target  float64 // the difficulty of an easy card, unbounded

	tape []record
}

// record is what going backwards over a step needs of going forwards.
type record struct {
	s, d float64 // before it
	branch
	inBounds  bool    // the stability after it was not bounded
	dInBounds bool    // nor the difficulty
	logS      float64 // ln s
	odds      float64 // 1 + factor*days/s
	logOdds   float64
	r, q      float64 // retrievability, and what it is short of 1
	x, y, z   float64 // of the branch
	moved     float64 // difficulty before it went towards the target
}

// branch is which formula made a stability.
type branch int8

const (
	kept      branch = iota // as it was
	began                   // w0 to w3
	sameDay                 // x: the factor
	success                 // x: growth without the bonus, y: the bonus, z: e^(w10*q) - 1
	lapse                   // x: the stability, y: (s+1)^w13 - 1, z: ln(s+1)
	lapseMost               // x: the stability
)

func newModel(w *schedule.Weights) *model {
	m := &model{}
	m.set(w)
	return m
}

// set has it use other weights.
func (m *model) set(w *schedule.Weights) {
	m.w = *w
	power := math.Exp(-logRecall / w[20])
	m.factor, m.dFactor = power-1, power*logRecall/(w[20]*w[20])
	m.growth = math.Exp(w[8])
	m.ceiling = math.Exp(-w[17] * w[18])
	m.easy = math.Exp(3 * w[5])
	m.target = w[4] - m.easy + 1
}

// forward goes over the reviews of a card and writes them on the tape.
func (m *model) forward(card []step) {
	m.tape = m.tape[:0]
	var s, d float64
	for i := range card {
		at := &card[i]
		rec := record{s: s, d: d}
		if i == 0 {
			rec.branch = began
			s = m.w[at.rating-1]
			d = m.w[4] - math.Exp(m.w[5]*float64(at.rating-1)) + 1
		} else {
			s = m.stability(&rec, at)
			rec.moved = rec.d - (maxDifficulty-rec.d)*m.w[6]*float64(at.rating-3)/9
			d = m.w[7]*m.target + (1-m.w[7])*rec.moved
		}
		rec.inBounds = s >= minStability && s <= maxStability
		rec.dInBounds = d >= minDifficulty && d <= maxDifficulty
		s = min(max(s, minStability), maxStability)
		d = min(max(d, minDifficulty), maxDifficulty)
		m.tape = append(m.tape, rec)
	}
}

// stability is what a step makes of one.
func (m *model) stability(rec *record, at *step) float64 {
	w, s := &m.w, rec.s
	rec.logS = math.Log(s)
	if at.days == 0 {
		rec.x = math.Exp(w[17]*(float64(at.rating-3)+w[18]) - w[19]*rec.logS)
		if at.recalled() && rec.x < 1 {
			rec.branch = kept
			return s
		}
		rec.branch = sameDay
		return s * rec.x
	}
	ratio := m.factor * float64(at.days) / s
	rec.odds, rec.logOdds = 1+ratio, math.Log1p(ratio)
	rec.q = -math.Expm1(-w[20] * rec.logOdds)
	rec.r = 1 - rec.q
	if at.recalled() {
		rec.branch = success
		rec.z = math.Expm1(w[10] * rec.q)
		rec.x = m.growth * (11 - rec.d) * math.Exp(-w[9]*rec.logS) * rec.z
		rec.y = 1
		switch aulav1.CardAnswer_Rating(at.rating) {
		case aulav1.CardAnswer_HARD:
			rec.y = w[15]
		case aulav1.CardAnswer_EASY:
			rec.y = w[16]
		default:
		}
		return s * (1 + rec.x*rec.y)
	}
	rec.z = math.Log1p(s)
	rec.y = math.Expm1(w[13] * rec.z)
	rec.x = w[11] * math.Exp(-w[12]*math.Log(rec.d)+w[14]*rec.q) * rec.y
	rec.branch = lapse
	if most := s * m.ceiling; most < rec.x {
		rec.branch, rec.x = lapseMost, most
	}
	return rec.x
}

// backward goes back over what forward wrote and adds to grad how the log loss changes with
// the weights, where weight says how much it counts at each step.
func (m *model) backward(card []step, weight []float64, grad *schedule.Weights) {
	var dS, dD float64 // how the loss changes with stability and difficulty after the step
	for i := len(card) - 1; i >= 0; i-- {
		rec, at := &m.tape[i], &card[i]
		if !rec.inBounds {
			dS = 0
		}
		if !rec.dInBounds {
			dD = 0
		}
		if rec.branch == began {
			grad[at.rating-1] += dS
			grad[4] += dD
			n := float64(at.rating - 1)
			grad[5] -= dD * n * math.Exp(m.w[5]*n)
			continue
		}
		toS, toD, toR := m.backStability(rec, at, dS, grad)
		dD = m.backDifficulty(rec, at, dD, grad) + toD
		if weight[i] > 0 {
			toR += weight[i] * slope(rec, at)
		}
		dS = toS
		if toR != 0 {
			t := float64(at.days) / rec.s
			dS += toR * m.w[20] * rec.r / rec.odds * m.factor * t / rec.s
			grad[20] -= toR * rec.r * (rec.logOdds + m.w[20]*t*m.dFactor/rec.odds)
		}
	}
}

// backDifficulty goes back from the difficulty after a step to that before it.
func (m *model) backDifficulty(rec *record, at *step, dD float64, grad *schedule.Weights) float64 {
	if dD == 0 {
		return 0
	}
	w, g := &m.w, float64(at.rating-3)
	grad[4] += dD * w[7]
	grad[5] -= dD * w[7] * 3 * m.easy
	grad[7] += dD * (m.target - rec.moved)
	moved := dD * (1 - w[7])
	grad[6] -= moved * (maxDifficulty - rec.d) * g / 9
	return moved * (1 + w[6]*g/9)
}

// backStability goes back from the stability after a step to stability, difficulty and
// retrievability before it.
func (m *model) backStability(rec *record, at *step, dS float64, grad *schedule.Weights) (toS, toD, toR float64) {
	if dS == 0 {
		return 0, 0, 0
	}
	w, s := &m.w, rec.s
	switch rec.branch {
	case sameDay:
		g := float64(at.rating - 3)
		after := dS * s * rec.x
		grad[17] += after * (g + w[18])
		grad[18] += after * w[17]
		grad[19] -= after * rec.logS
		return dS * rec.x * (1 - w[19]), 0, 0
	case success:
		return m.backSuccess(rec, at, dS, grad)
	case lapse:
		after := dS * rec.x
		grad[11] += after / w[11]
		grad[12] -= after * math.Log(rec.d)
		perPower := after * (rec.y + 1) / rec.y // by w13*ln(s+1)
		grad[13] += perPower * rec.z
		grad[14] += after * rec.q
		return perPower * w[13] / (s + 1), -after * w[12] / rec.d, -after * w[14]
	case lapseMost:
		after := dS * rec.x
		grad[17] -= after * w[18]
		grad[18] -= after * w[17]
		return dS * m.ceiling, 0, 0
	case kept, began:
	}
	return dS, 0, 0
}

func (m *model) backSuccess(rec *record, at *step, dS float64, grad *schedule.Weights) (toS, toD, toR float64) {
	w := &m.w
	bonus := dS * rec.s * rec.x
	after := bonus * rec.y
	switch aulav1.CardAnswer_Rating(at.rating) {
	case aulav1.CardAnswer_HARD:
		grad[15] += bonus
	case aulav1.CardAnswer_EASY:
		grad[16] += bonus
	default:
	}
	grad[8] += after
	grad[9] -= after * rec.logS
	perRecall := after * (rec.z + 1) / rec.z // by w10*q
	grad[10] += perRecall * rec.q
	return dS * (1 + rec.x*rec.y*(1-w[9])), -after / (11 - rec.d), -perRecall * w[10]
}
