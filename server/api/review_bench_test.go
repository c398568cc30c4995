package api_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"aula/locales"
	aulav1 "aula/proto/aula/v1"
	"aula/server/api"
	"aula/server/store"
)

// serveBench names the database of a server that a benchmark has started from this binary, in a
// process of its own, so that what the client takes is not counted.
const serveBench = "AULA_API_BENCH_DATABASE"

func TestServeBench(t *testing.T) {
	file := os.Getenv(serveBench)
	if file == "" {
		t.Skip("it is the server of a benchmark")
	}
	bundle, err := locales.Shipped()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: db}
	w.publish("rivers", func(*aulav1.QuestionSet) {})
	log, err := os.Create(file + ".log")
	if err != nil {
		t.Fatal(err)
	}
	server, err := api.New(api.Config{Store: db, Locales: bundle, Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("serving", listener.Addr())
	_ = server.GRPC().Serve(listener)
}

// apart is a server in a process of its own, and a client.
type apart struct {
	*world
	b   *testing.B
	pid int
}

func serveApart(b *testing.B) *apart {
	cmd := exec.Command(os.Args[0], "-test.run=^TestServeBench$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), serveBench+"="+filepath.Join(b.TempDir(), "aula.db"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "serving ")
	if err != nil || !ok {
		b.Fatalf("the server says %q, %v", line, err)
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	w := &world{t: b, conn: conn, quiz: aulav1.NewQuizServiceClient(conn)}
	w.learn, w.study = aulav1.NewLearnerServiceClient(conn), aulav1.NewStudyServiceClient(conn)
	return &apart{w, b, cmd.Process.Pid}
}

// cpu is what the server has taken of processors so far.
func (a *apart) cpu() time.Duration {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(a.pid) + "/stat")
	if err != nil {
		a.b.Skip("only Linux tells what a process takes: ", err)
	}
	// The name in parentheses may contain spaces; the 12th and 13th field after it count, in
	// hundredths of a second.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	kernel, _ := strconv.Atoi(fields[12])
	return time.Duration(user+kernel) * time.Second / 100
}

// each runs calls from so many clients at once, and returns what they took of the server.
func (a *apart) each(clients int, calls []func() error) time.Duration {
	before := a.cpu()
	queue := make(chan func() error, len(calls))
	for _, call := range calls {
		queue <- call
	}
	close(queue)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for call := range queue {
				if err := call(); err != nil {
					a.b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return a.cpu() - before
}

// someone's answers, as a guest.
func (a *apart) answers(n int) (calls []func() error) {
	given := map[string]*aulav1.Answer{
		"longest": choose("danube"), "american": choose("amazon", "orinoco"), "width": number("1.234,5"),
		"share": number("20 %"), "capital": words("paris"), "deltas": choose("yes"),
	}
	for len(calls) < n {
		attempt := a.start(&aulav1.StartAttemptRequest{Language: "es-EC"})
		for question, answer := range given {
			req := &aulav1.SubmitAnswerRequest{
				Attempt: attempt.GetId(), Question: question, Answer: answer, RequestId: uuid.NewString(), Language: "es-EC",
			}
			calls = append(calls, func() error { _, err := a.quiz.SubmitAnswer(a.b.Context(), req); return err })
		}
	}
	shuffle(calls)
	return calls[:n]
}

func shuffle(calls []func() error) {
	rand.Shuffle(len(calls), func(i, j int) { calls[i], calls[j] = calls[j], calls[i] })
}

// signUp makes learners' contexts.
func (a *apart) signUp(n int) (learners []context.Context) {
	for range n {
		signed, err := a.learn.CreateLearner(a.b.Context(), &aulav1.CreateLearnerRequest{Name: "Luz", Language: "es-EC", TimeZone: "America/Guayaquil"})
		if err != nil {
			a.b.Fatal(err)
		}
		learners = append(learners, metadata.AppendToOutgoingContext(a.b.Context(), "authorization", "Bearer "+signed.GetToken()))
	}
	return learners
}

var questionsOfRivers = []string{"longest", "american", "width", "share", "capital", "deltas"}

// ratings are reviews that the learners rate.
func (a *apart) ratings(learners []context.Context, n int) (calls []func() error) {
	for i := range n {
		ctx := learners[i%len(learners)]
		req := &aulav1.ReviewCardRequest{Event: &aulav1.ReviewEvent{
			Id: uuid.NewString(), Set: "rivers", Question: questionsOfRivers[i/len(learners)%6], DeviceSeq: int64(i),
			Action: &aulav1.ReviewEvent_Rating{Rating: aulav1.CardAnswer_Rating(1 + rand.IntN(4))},
		}, Language: "es-EC"}
		calls = append(calls, func() error { _, err := a.study.ReviewCard(ctx, req); return err })
	}
	return calls
}

// BenchmarkReviewCard compares what a review takes of the server with what a guest's answer to
// a quiz does, in turns: their ratio is the figure to look at.
func BenchmarkReviewCard(b *testing.B) {
	const atOnce = 1500
	for _, clients := range []int{1, 16} {
		b.Run(fmt.Sprint("clients=", clients), func(b *testing.B) {
			a := serveApart(b)
			learners := a.signUp(25)
			a.each(clients, a.answers(atOnce))
			a.each(clients, a.ratings(learners, atOnce))
			var answers, reviews []time.Duration
			for b.Loop() {
				guests, own := a.answers(atOnce), a.ratings(learners, atOnce)
				answers = append(answers, a.each(clients, guests))
				reviews = append(reviews, a.each(clients, own))
			}
			answer, review := median(answers)/atOnce, median(reviews)/atOnce
			b.ReportMetric(float64(answer.Microseconds()), "µs-CPU/answer")
			b.ReportMetric(float64(review.Microseconds()), "µs-CPU/review")
			b.ReportMetric(float64(review)/float64(answer), "ratio")
		})
	}
}

// BenchmarkSyncReviews takes in the 500 events of a phone that was offline, in one transaction.
func BenchmarkSyncReviews(b *testing.B) {
	const events = 500
	a := serveApart(b)
	learners := a.signUp(20)
	var all time.Duration
	calls := 0
	for b.Loop() {
		req := &aulav1.SyncReviewsRequest{Language: "es-EC"}
		begin := time.Now().Add(-events * time.Hour)
		for i := range events {
			e := rate(questionsOfRivers[i%6], aulav1.CardAnswer_Rating(1+rand.IntN(4)))
			req.Events = append(req.Events, at(e, begin.Add(time.Duration(i)*time.Hour), int64(i)))
		}
		ctx := learners[calls%len(learners)]
		all += a.each(1, []func() error{func() error { _, err := a.study.SyncReviews(ctx, req); return err }})
		calls++
	}
	b.ReportMetric(float64((all / time.Duration(calls*events)).Microseconds()), "µs-CPU/event")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
