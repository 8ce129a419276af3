package linux

import (
	"context"
	"strings"
	"testing"
	"time"
)

// A limit ends a guest that does not, and says so.
func TestLimit(t *testing.T) {
	ctx, cancel := withLimit(t.Context(), 2*time.Second)
	defer cancel()
	<-ctx.Done()
	if err := context.Cause(ctx); err == nil || !strings.Contains(err.Error(), "no end after 2s") {
		t.Errorf("the cause is %v", err)
	}
	ctx, cancel = withLimit(t.Context(), time.Hour)
	cancel()
	if <-ctx.Done(); context.Cause(ctx) != context.Canceled {
		t.Errorf("the cause is %v", context.Cause(ctx))
	}
}
