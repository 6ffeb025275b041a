// Package api is the published contract: the document openapi.yaml, the types
// of its JSON, and a client for other programs. Our own tests use the client.
package api

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"
)

//go:generate go tool oapi-codegen -config types.cfg.yaml openapi.yaml
//go:generate go tool oapi-codegen -config client.cfg.yaml openapi.yaml

//go:embed openapi.yaml
var spec []byte

// Spec returns the contract as YAML. The bytes are the caller's own.
func Spec() []byte { return slices.Clone(spec) }

// SpecJSON returns the contract as JSON.
func SpecJSON() ([]byte, error) {
	var doc map[string]any
	if err := yaml.Unmarshal(spec, &doc); err != nil {
		return nil, fmt.Errorf("read contract: %w", err)
	}
	return json.Marshal(doc)
}
