package plic

import "math/bits"

// Everything here runs with d.mu held.

// admit is the gateway: a source whose level is up becomes pending unless it is
// in service.
func (d *Device) admit(src int) {
	if !d.level.has(src) || d.claimed.has(src) || d.pending.has(src) {
		return
	}
	d.pending.add(src)
	d.forUsers(src, func(ctx int) {
		if d.priority[src] > d.contexts[ctx].threshold {
			d.drive(ctx, true)
		}
	})
}

// reconsider sets the outputs of all contexts that a change of src may concern.
func (d *Device) reconsider(src int) { d.forUsers(src, d.evaluate) }

// forUsers calls f for every context that enables src.
func (d *Device) forUsers(src int, f func(ctx int)) {
	for i, w := range d.users[src] {
		for ; w != 0; w &= w - 1 {
			f(i*64 + bits.TrailingZeros64(w))
		}
	}
}

// evaluate sets the output of one context.
func (d *Device) evaluate(ctx int) {
	src := d.best(ctx)
	d.drive(ctx, d.priority[src] > d.contexts[ctx].threshold)
}

func (d *Device) drive(ctx int, level bool) {
	if c := &d.contexts[ctx]; c.level != level {
		c.level = level
		d.output(ctx, level)
	}
}

// best returns the pending source of the highest priority that ctx enables, the
// lowest number among equals, or 0: there is none.
func (d *Device) best(ctx int) (src int) {
	c := &d.contexts[ctx]
	for i := range words {
		for w := d.pending[i] & c.enable[i]; w != 0; w &= w - 1 {
			s := i*32 + bits.TrailingZeros32(w)
			if d.priority[s] > d.priority[src] {
				src = s
			}
		}
	}
	return src
}

// claim takes the best source into service and returns it.
func (d *Device) claim(ctx int) int {
	src := d.best(ctx)
	if src != 0 {
		d.pending.remove(src)
		d.claimed.add(src)
		d.reconsider(src)
	}
	return src
}

// complete ends src's service.
func (d *Device) complete(ctx int, src uint64) {
	if src == 0 || src > Sources || !d.contexts[ctx].enable.has(int(src)) {
		return
	}
	d.claimed.remove(int(src))
	d.admit(int(src))
}

func (d *Device) setPriority(src int, p uint8) {
	if src != 0 {
		d.priority[src] = p
		d.reconsider(src)
	}
}

func (d *Device) setThreshold(ctx int, t uint8) {
	d.contexts[ctx].threshold = t
	d.evaluate(ctx)
}

// setEnable replaces word i of ctx's enable bits.
func (d *Device) setEnable(ctx, i int, v uint32) {
	if i == 0 {
		v &^= 1 // there is no source 0
	}
	c := &d.contexts[ctx]
	for w := c.enable[i] ^ v; w != 0; w &= w - 1 {
		d.toggleUser(i*32+bits.TrailingZeros32(w), ctx)
	}
	c.enable[i] = v
	d.evaluate(ctx)
}

func (d *Device) toggleUser(src, ctx int) {
	if d.users[src] == nil {
		d.users[src] = make([]uint64, (len(d.contexts)+63)/64)
	}
	d.users[src][ctx/64] ^= 1 << (ctx % 64)
}
