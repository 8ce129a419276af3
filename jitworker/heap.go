package jitworker

// heap is a binary heap of requests, the hottest first, of equally hot ones the older.
// container/heap would allocate for every request it is handed.
type heap []request

func (h heap) before(i, j int) bool {
	if h[i].heat != h[j].heat {
		return h[i].heat > h[j].heat
	}
	return h[i].at < h[j].at
}

func (h *heap) push(r request) {
	*h = append(*h, r)
	h.up(len(*h) - 1)
}

// remove takes out the request at index i.
func (h *heap) remove(i int) request {
	old := *h
	r, last := old[i], len(old)-1
	old[i] = old[last]
	old[last] = request{} // lets go of the unit
	*h = old[:last]
	if i < last {
		h.down(i)
		h.up(i)
	}
	return r
}

// refresh reads every unit's heat again and returns the index of the oldest request.
func (h heap) refresh() int {
	for i := range h {
		h[i].heat = h[i].unit.Heat()
	}
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
	oldest := 0
	for i := range h {
		if h[i].at < h[oldest].at {
			oldest = i
		}
	}
	return oldest
}

func (h heap) up(i int) {
	for i > 0 && h.before(i, (i-1)/2) {
		h[i], h[(i-1)/2] = h[(i-1)/2], h[i]
		i = (i - 1) / 2
	}
}

func (h heap) down(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h.before(child, first) {
				first = child
			}
		}
		if first == i {
			return
		}
		h[i], h[first] = h[first], h[i]
		i = first
	}
}
