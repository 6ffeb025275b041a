package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm/schema"
)

// ms is how a time is written in hand-written SQL: UTC milliseconds, null for
// one that has not come.
func ms(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// msSerializer keeps a time as [ms] does and reads it back in UTC.
type msSerializer struct{}

// Scan implements [schema.SerializerInterface].
func (msSerializer) Scan(ctx context.Context, field *schema.Field, dst reflect.Value, value any) error {
	var t time.Time
	switch v := value.(type) {
	case nil:
	case int64:
		t = time.UnixMilli(v).UTC()
	default:
		return fmt.Errorf("column %s holds %T, not milliseconds", field.DBName, value)
	}
	field.ReflectValueOf(ctx, dst).Set(reflect.ValueOf(t))
	return nil
}

// Value implements [schema.SerializerValuerInterface].
func (msSerializer) Value(_ context.Context, field *schema.Field, _ reflect.Value, value any) (any, error) {
	t, ok := value.(time.Time)
	if !ok {
		return nil, fmt.Errorf("field %s holds %T, not a time", field.Name, value)
	}
	return ms(t), nil
}

// jsonSerializer reads as gorm's own does and never writes null: an absent
// list is [], an absent map {}.
type jsonSerializer struct{ schema.JSONSerializer }

// Value implements [schema.SerializerValuerInterface].
func (jsonSerializer) Value(_ context.Context, field *schema.Field, _ reflect.Value, value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", field.Name, err)
	}
	if string(text) != "null" {
		return string(text), nil
	}
	if field.FieldType.Kind() == reflect.Slice {
		return "[]", nil
	}
	return "{}", nil
}
