// Command load puts one kind of load on one OCI registry and prints what it saw as JSON.
//
// It reads a Spec from standard input. Whatever costs time on the client's side alone (making
// content, digests, connections) is done before the clock starts.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Spec says what to do; fields that a kind does not use stay empty.
type Spec struct {
	Kind          string  `json:"kind"`
	Address       string  `json:"address"`
	Authorization string  `json:"authorization"`
	Repository    string  `json:"repository"`
	Seed          string  `json:"seed"`
	Clients       int     `json:"clients"`
	Seconds       float64 `json:"seconds"`
	Operations    int     `json:"operations"`
	Size          int64   `json:"size"`
	Count         int     `json:"count"`
	Method        string  `json:"method"`
	By            string  `json:"by"`
	Layers        int     `json:"layers"`
	TagsPerImage  int     `json:"tags_per_image"`
	PageSize      int     `json:"page_size"`
}

// Result is what one run saw. Requests counts every HTTP request, those before the clock too.
type Result struct {
	Operations int      `json:"operations"`
	Requests   int64    `json:"requests"`
	Seconds    float64  `json:"seconds"`
	Bytes      int64    `json:"bytes"`
	Errors     int      `json:"errors"`
	Messages   []string `json:"messages"`
	P50        float64  `json:"p50_ms"`
	P95        float64  `json:"p95_ms"`
	P99        float64  `json:"p99_ms"`
	Warmups    int      `json:"warmups"`
}

// operation does the work of one index on one connection and returns the payload's bytes.
type operation func(c *conn, index int) (int64, error)

// plan is a prepared kind: Warm runs before the clock, once for each connection.
type plan struct {
	warm func(c *conn) error
	run  operation
}

var plans = map[string]func(*Spec) (plan, error){
	"seed-blobs":  planSeedBlobs,
	"seed-images": planSeedImages,
	"fill-tags":   planFillTags,
	"blob-push":   planBlobPush,
	"blob-post":   planBlobPost,
	"blob-pull":   planBlobPull,
	"manifest":    planManifest,
	"image-push":  planImagePush,
	"image-pull":  planImagePull,
	"tags":        planTags,
}

func main() {
	result, err := measure()
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		os.Exit(1)
	}
}

func measure() (*Result, error) {
	var spec Spec
	if err := json.NewDecoder(os.Stdin).Decode(&spec); err != nil {
		return nil, fmt.Errorf("reading the spec: %w", err)
	}
	build, ok := plans[spec.Kind]
	if !ok {
		return nil, fmt.Errorf("no such kind of load: %q", spec.Kind)
	}
	made, err := build(&spec)
	if err != nil {
		return nil, err
	}
	return drive(&spec, made)
}

// share is one client's part of the result.
type share struct {
	bytes     int64
	errors    int
	messages  []string
	latencies []float64
}

func drive(spec *Spec, made plan) (*Result, error) {
	conns := make([]*conn, spec.Clients)
	for i := range conns {
		conns[i] = &conn{address: spec.Address, authorization: spec.Authorization}
		if err := conns[i].dial(); err != nil {
			return nil, err
		}
		defer conns[i].close()
		if made.warm != nil {
			if err := made.warm(conns[i]); err != nil {
				return nil, fmt.Errorf("before the clock: %w", err)
			}
		}
	}
	var next atomic.Int64
	shares := make([]share, len(conns))
	start := time.Now()
	deadline := start.Add(time.Duration(spec.Seconds * float64(time.Second)))
	var all sync.WaitGroup
	for i := range conns {
		all.Add(1)
		go func() {
			defer all.Done()
			work(spec, made.run, conns[i], &shares[i], &next, deadline)
		}()
	}
	all.Wait()
	return sum(conns, shares, time.Since(start).Seconds(), made.warm != nil), nil
}

func work(spec *Spec, run operation, c *conn, mine *share, next *atomic.Int64, end time.Time) {
	for {
		index := int(next.Add(1)) - 1
		began := time.Now()
		if (spec.Operations > 0 && index >= spec.Operations) || (spec.Seconds > 0 && began.After(end)) {
			return
		}
		size, err := run(c, index)
		if err == nil {
			mine.bytes += size
			mine.latencies = append(mine.latencies, time.Since(began).Seconds()*1000)
			continue
		}
		mine.errors++
		mine.messages = append(mine.messages, err.Error())
		if mine.errors >= 3 || c.redial() != nil {
			return
		}
	}
}

func sum(conns []*conn, shares []share, seconds float64, warmed bool) *Result {
	result := &Result{Seconds: seconds, Messages: []string{}}
	if warmed {
		result.Warmups = len(conns)
	}
	var latencies []float64
	for i := range shares {
		result.Requests += conns[i].requests
		result.Bytes += shares[i].bytes
		result.Errors += shares[i].errors
		result.Messages = append(result.Messages, shares[i].messages...)
		latencies = append(latencies, shares[i].latencies...)
	}
	sort.Float64s(latencies)
	result.Operations = len(latencies)
	result.P50 = percentile(latencies, 0.50)
	result.P95 = percentile(latencies, 0.95)
	result.P99 = percentile(latencies, 0.99)
	if len(result.Messages) > 5 {
		result.Messages = result.Messages[:5]
	}
	return result
}

func percentile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
