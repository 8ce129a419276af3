package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON writes the group as an object: its labels, its measurements and its groups by their names. Groups that have
// labels become a list under their common name.
func (g *Group) MarshalJSON() ([]byte, error) {
	var o object
	for _, l := range g.Labels {
		o.add(l.Name, l.Value)
	}
	for _, m := range g.Measures {
		if value := m.Value(); value != "" {
			o.add(m.Name, value)
		}
	}
	for i := 0; i < len(g.Groups); {
		first := &g.Groups[i]
		if len(first.Labels) == 0 {
			o.add(first.Name, first)
			i++
			continue
		}
		var alike []*Group
		for ; i < len(g.Groups) && g.Groups[i].Name == first.Name; i++ {
			alike = append(alike, &g.Groups[i])
		}
		o.add(first.Name, alike)
	}
	return o.close()
}

// object is a JSON object under way, whose members keep their order.
type object struct {
	text bytes.Buffer
	err  error
}

func (o *object) add(name string, value any) {
	data, err := json.Marshal(value)
	if err != nil && o.err == nil {
		o.err = fmt.Errorf("%s: %w", name, err)
	}
	separator := ","
	if o.text.Len() == 0 {
		separator = "{"
	}
	fmt.Fprintf(&o.text, "%s%q:%s", separator, name, data)
}

func (o *object) close() ([]byte, error) {
	if o.text.Len() == 0 {
		o.text.WriteByte('{')
	}
	o.text.WriteByte('}')
	return o.text.Bytes(), o.err
}
