package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sinks are the methods whose text becomes SQL, with the place of that text
// among the arguments. What a stranger typed may only be a parameter.
var sinks = map[string]int{
	"Raw": 0, "Exec": 0, "Where": 0, "Not": 0, "Or": 0, "Order": 0, "Select": 0, "Joins": 0, "Group": 0,
	"Having": 0, "Pluck": 0, "Table": 0, "Distinct": 0, "First": 1, "Take": 1, "Last": 1, "Find": 1, "Delete": 1,
	"ExecContext": 1, "QueryContext": 1, "QueryRowContext": 1, "PrepareContext": 1,
	"exec": 1, "one": 2, "rowsOf": 1, "control": 0, "hidden": 0,
}

// through are funcs of the store that hand on SQL they were given, and whose
// callers are checked instead; and those at start, before anybody can type
// anything: migrations, and the names of settings that are read back.
var through = []string{
	"ExecContext", "QueryContext", "QueryRowContext", "PrepareContext", "exec", "one", "rowsOf", "control", "prepared", "begin", "hidden",
	"step", "column", "readBack",
}

// TestSQLIsConstant fails when SQL is put together from anything but constants
// (threat T15).
func TestSQLIsConstant(t *testing.T) {
	checked := 0
	for _, bad := range variableSQL(t, "store", &checked) {
		t.Error(bad)
	}
	if checked < 100 {
		t.Errorf("only %d statements were looked at; is this still where SQL is?", checked)
	}
}

// TestSQLIsConstant_SeesABadOne proves that the check can fail.
func TestSQLIsConstant_SeesABadOne(t *testing.T) {
	checked := 0
	if bad := variableSQL(t, filepath.Join("testdata", "sql"), &checked); len(bad) != 4 {
		t.Errorf("found %q, want four", bad)
	}
}

// variableSQL returns where under dir SQL is not constant.
func variableSQL(t *testing.T, dir string, checked *int) (bad []string) {
	t.Helper()
	set := token.NewFileSet()
	var files []*ast.File
	consts := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "storetest" {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		files = append(files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, s := range g.Specs {
					for _, name := range s.(*ast.ValueSpec).Names {
						consts[name.Name] = true
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || slices.Contains(through, fn.Name.Name) {
				continue
			}
			bad = append(bad, variableIn(set, fn, consts, checked)...)
		}
	}
	return bad
}

func variableIn(set *token.FileSet, fn *ast.FuncDecl, consts map[string]bool, checked *int) (bad []string) {
	locals := constantLocals(fn, consts)
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := sel.X.(*ast.Ident); ok && from.Name == "cmp" { // cmp.Or chooses, and writes no SQL
			return true
		}
		place, isSink := sinks[sel.Sel.Name]
		if !isSink || len(call.Args) <= place {
			return true
		}
		*checked++
		if !constant(call.Args[place], consts, locals) {
			bad = append(bad, set.Position(call.Pos()).String()+": the SQL of "+sel.Sel.Name+" is not constant")
		}
		return true
	})
	return bad
}

// constantLocals are the variables of a func that only ever hold constants.
func constantLocals(fn *ast.FuncDecl, consts map[string]bool) map[string]bool {
	locals := map[string]bool{}
	for range 2 { // twice, for those that are made of others
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			a, ok := n.(*ast.AssignStmt)
			if !ok || len(a.Lhs) != len(a.Rhs) {
				return true
			}
			for i, l := range a.Lhs {
				name, ok := l.(*ast.Ident)
				if !ok {
					continue
				}
				is := constant(a.Rhs[i], consts, locals)
				if seen, before := locals[name.Name]; before {
					is = is && seen
				}
				locals[name.Name] = is
			}
			return true
		})
	}
	return locals
}

// constant says whether an expression is text that stands in the source.
func constant(e ast.Expr, consts, locals map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.BinaryExpr:
		return constant(e.X, consts, locals) && constant(e.Y, consts, locals)
	case *ast.ParenExpr:
		return constant(e.X, consts, locals)
	case *ast.Ident:
		return consts[e.Name] || locals[e.Name]
	case *ast.CompositeLit: // a list of columns
		for _, el := range e.Elts {
			if !constant(el, consts, locals) {
				return false
			}
		}
		return true
	case *ast.UnaryExpr: // &T{}: rows, not text
		_, isLit := e.X.(*ast.CompositeLit)
		return e.Op == token.AND && isLit
	case *ast.CallExpr: // hidden gives one of three fixed conditions for a constant alias, inOne one text of constant fields
		name := ""
		switch fn := e.Fun.(type) {
		case *ast.SelectorExpr:
			name = fn.Sel.Name
		case *ast.Ident:
			name = fn.Name
		}
		return (name == "hidden" || name == "inOne") && len(e.Args) == 1 && constant(e.Args[0], consts, locals)
	}
	return false
}
