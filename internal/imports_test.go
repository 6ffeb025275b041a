package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const module = "makeright/"

// may is the plan of the house: a package, and what of ours it may import. A
// new arrow is written here first, with its reason in the commit. Arrows go
// down, never up or sideways: the desk knows no screen, no channel and no hub,
// and no face knows another.
var may = map[string]string{
	"api":               "",
	"static":            "",
	"internal/feedback": "",
	"internal/config":   "",
	"internal/live":     "",
	"internal/qr":       "",
	"internal/i18n":     "",
	"internal/photo":    "",

	"internal/store":           "feedback",
	"internal/store/storetest": "store feedback",
	"internal/notify":          "feedback",
	"internal/paper":           "feedback i18n qr", // what stands on a sheet, for pages, the API and the shell
	"internal/desk":            "store feedback i18n photo",
	"internal/jobs":            "store feedback i18n photo",
	"internal/live/pgrelay":    "live",
	"internal/live/natsrelay":  "live",

	"internal/web":       "feedback static i18n",
	"internal/web/guest": "web desk store feedback live",
	"internal/web/staff": "web desk store feedback live qr",
	"internal/web/owner": "web desk store feedback qr paper",
	"internal/web/rest":  "web desk store feedback live qr paper api",

	"internal/app":  everything,
	"cmd/makeright": "app config store desk photo qr paper api feedback i18n",

	"internal":             "", // this test
	"internal/e2e":         everything,
	"internal/e2e/program": "", // starts the built program; asks nothing of ours
	"internal/crash":       everything,
}

const everything = "everything"

// only lists what some packages keep to themselves, in tests too: an import,
// with all below it, and the packages that may, with all below them.
var only = map[string][]string{
	"gorm.io":               {"internal/store"},
	"github.com/labstack":   {"internal/web", "internal/app"},
	module + "internal/app": {"internal/app", "internal/e2e", "cmd"},
	module + "internal/e2e": {"internal/e2e", "internal/crash"},
}

func TestImportsFollowThePlan(t *testing.T) {
	found, err := breaches(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range found {
		t.Error(b)
	}
}

func TestBreaches(t *testing.T) {
	tests := map[string]struct{ file, imports, want string }{
		"as planned":              {"internal/desk/a.go", "makeright/internal/store", ""},
		"from outside":            {"internal/desk/a.go", "log/slog", ""},
		"a test takes a database": {"internal/desk/a_test.go", "makeright/internal/store/storetest", ""},
		"gorm in the store":       {"internal/store/storetest/a.go", "gorm.io/gorm", ""},
		"echo in a face":          {"internal/web/guest/a.go", "github.com/labstack/echo/v4", ""},
		"a story runs the app":    {"internal/e2e/a_test.go", "makeright/internal/app", ""},
		"the app tests itself":    {"internal/app/a_test.go", "makeright/internal/app", ""},
		"files that are no code":  {"internal/util/testdata/a.go", "makeright/internal/app", ""},
		"an arrow up":             {"internal/desk/a.go", "makeright/internal/web", "internal/desk/a.go may not import makeright/internal/web"},
		"a face and a face":       {"internal/web/guest/a.go", "makeright/internal/web/staff", "internal/web/guest/a.go may not import makeright/internal/web/staff"},
		"behind a build tag":      {"internal/live/a_soak.go", "makeright/internal/store", "internal/live/a_soak.go may not import makeright/internal/store"},
		"a package of nobody":     {"internal/util/a.go", "fmt", "internal/util is not on the plan"},
		"a new top level":         {"pkg/a.go", "fmt", "pkg is not on the plan"},
		"a second command":        {"cmd/other/a.go", "fmt", "cmd/other is not on the plan"},
		"gorm elsewhere":          {"internal/desk/a.go", "gorm.io/gorm", "internal/desk/a.go may not import gorm.io/gorm"},
		"gorm in a test":          {"internal/desk/a_test.go", "gorm.io/gorm", "internal/desk/a_test.go may not import gorm.io/gorm"},
		"echo on the desk":        {"internal/desk/a.go", "github.com/labstack/echo/v4", "internal/desk/a.go may not import github.com/labstack/echo/v4"},
		"a face runs the app":     {"internal/web/a_test.go", "makeright/internal/app", "internal/web/a_test.go may not import makeright/internal/app"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			src := fmt.Sprintf("//go:build soak\n\npackage a\n\nimport _ %q\n", tt.imports)
			got, err := breaches(fstest.MapFS{tt.file: {Data: []byte(src)}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if tt.want != "" {
				want = []string{tt.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

// breaches walks the Go files of a module and names what is not as planned.
// Tests may import more of ours than the code they test. Build tags do not
// count: a file that is rarely built keeps to the plan too.
func breaches(root fs.FS) (found []string, err error) {
	err = fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skip(d.Name())
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		dir := path.Dir(name)
		if _, planned := may[dir]; !planned {
			found = append(found, dir+" is not on the plan")
			return nil
		}
		imports, err := importsOf(root, name)
		for _, imp := range imports {
			if !planned(dir, imp, strings.HasSuffix(name, "_test.go")) {
				found = append(found, name+" may not import "+imp)
			}
		}
		return err
	})
	slices.Sort(found)
	return slices.Compact(found), err
}

// skip leaves out what the go command leaves out.
func skip(dir string) error {
	if dir == "testdata" || dir != "." && strings.HasPrefix(dir, ".") {
		return fs.SkipDir
	}
	return nil
}

// planned reports whether a file in dir may import imp.
func planned(dir, imp string, test bool) bool {
	for kept, who := range only {
		if below(kept, imp) && !slices.ContainsFunc(who, func(w string) bool { return below(w, dir) }) {
			return false
		}
	}
	ours, ok := strings.CutPrefix(imp, module)
	if !ok || test || may[dir] == everything {
		return true
	}
	return slices.Contains(strings.Fields(may[dir]), strings.TrimPrefix(ours, "internal/"))
}

// below reports whether p is top or lies under it.
func below(top, p string) bool { return p == top || strings.HasPrefix(p, top+"/") }

func importsOf(root fs.FS, name string) ([]string, error) {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var imports []string
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		imports = append(imports, imp)
	}
	return imports, nil
}
