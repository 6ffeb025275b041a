// Package sql holds statements that the check of SQL must refuse.
package sql

type db struct{}

func (db) Where(string, ...any) db { return db{} }
func (db) Order(string) db         { return db{} }
func (db) Raw(string, ...any) db   { return db{} }

func inOne(fields string) string { return fields }

func bad(d db, typed string) {
	const good = "id = ?"
	d.Where(good, typed).Where("name = ?", typed)
	d.Order(typed)
	d.Where("name = '" + typed + "'")
	q := "select 1"
	q = q + typed
	d.Raw(q)
	d.Raw("select " + inOne("id, "+typed))
}
