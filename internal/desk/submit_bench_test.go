package desk_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"makeright/internal/desk"
	"makeright/internal/feedback"
	"makeright/internal/store/storetest"
)

// BenchmarkSubmit is what a guest's report costs from the desk down to the
// disk, by how many guests send at once, to how many venues.
func BenchmarkSubmit(b *testing.B) {
	for _, bench := range []struct{ guests, venues int }{{1, 1}, {8, 1}, {64, 1}, {64, 500}, {256, 500}} {
		b.Run(fmt.Sprintf("guests=%d/venues=%d", bench.guests, bench.venues), func(b *testing.B) {
			d, codes := floors(b, bench.venues)
			var n atomic.Int64
			b.SetParallelism(bench.guests)
			b.ReportAllocs()
			cpu, written := cpuUsed(), bytesWritten()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					_, err := d.Submit(b.Context(), desk.NewReport{
						Code: codes[n.Add(1)%int64(len(codes))], Rating: 2, Causes: []string{"cold"},
						Words: "The soup came cold", Handling: feedback.ComeOver, Language: "en",
					})
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64((cpuUsed()-cpu).Microseconds())/float64(b.N), "CPU-us/op")
			b.ReportMetric(float64(bytesWritten()-written)/1024/float64(b.N), "KB-written/op")
		})
	}
}

// floors is a desk with so many venues, and the code of one table of each.
func floors(b *testing.B, venues int) (*desk.Desk, []string) {
	b.Helper()
	s := storetest.New(b)
	owner := storetest.Owner(b, s)
	d, err := desk.New(b.Context(), s, func(string) {}, func(string) {}, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	codes := make([]string, 0, venues)
	for range venues {
		venue := storetest.VenueOf(b, s, owner)
		if _, err := d.AddTables(b.Context(), owner, venue.ID, []desk.NewTable{{Name: "1"}}); err != nil {
			b.Fatal(err)
		}
		all, err := d.TableCodes(b.Context(), owner, venue.ID)
		if err != nil {
			b.Fatal(err)
		}
		codes = append(codes, all[0].Code)
	}
	return d, codes
}

// bytesWritten is what this process has written to files so far; 0 where the
// system does not tell.
func bytesWritten() int64 {
	text, _ := os.ReadFile("/proc/self/io")
	_, rest, _ := strings.Cut(string(text), "write_bytes: ")
	line, _, _ := strings.Cut(rest, "\n")
	n, _ := strconv.ParseInt(line, 10, 64)
	return n
}

// cpuUsed is the CPU time of this process so far, in steps of 10 ms; 0 where the
// system does not tell.
func cpuUsed() time.Duration {
	text, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := append(strings.Fields(rest), make([]string, 13)...)
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
