package dashboard

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// hang bounds a browser that hangs; nothing is measured against it.
const hang = 2 * time.Minute

// tab is a page in a headless browser.
type tab struct {
	*testing.T
	ctx context.Context
}

// open opens an address in a headless browser, or skips the test.
func open(t *testing.T, url string) *tab {
	t.Helper()
	found := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if path, err := exec.LookPath(name); err == nil && found == "" {
			found = path
		}
	}
	if found == "" {
		t.Skip("there is no chromium; install it to have the page clicked")
	}
	ctx, cancel := context.WithTimeout(context.Background(), hang)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(found), chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1240, 1000), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	return b
}

// is evaluates an expression in the page.
func is[T any](b *tab, js string) T {
	b.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return got
}

// until waits for the page.
func (b *tab) until(js string) {
	b.Helper()
	for !is[bool](b, js) {
		time.Sleep(20 * time.Millisecond)
	}
}

func (b *tab) status(word string) {
	b.Helper()
	b.until(`document.getElementById("status").textContent === "` + word + `"`)
}

func (b *tab) text(selector string) string {
	b.Helper()
	return is[string](b, `document.querySelector('`+selector+`').textContent`)
}

func (b *tab) click(selector string) {
	b.Helper()
	b.until(`!document.querySelector('` + selector + `').disabled`)
	if err := chromedp.Do(b.ctx, chromedp.Click(selector)); err != nil {
		b.Fatal(err)
	}
}

// The page is live, stops the machine and lets it go on, shows what a guest has written as text, and asks nobody else.
func TestPageInABrowser(t *testing.T) {
	s, machine := served(t, 3, evil)
	b := open(t, s.URL())
	b.status("running")
	b.until(`document.querySelectorAll("#harts .hart").length === 3`)
	b.until(`document.querySelectorAll("#harts .hart.waiting").length === 2`)
	b.until(`!document.querySelector("#harts .hart").textContent.startsWith("0  0/s")`) // it counts, by two states
	b.click("#pause")
	b.status("paused")
	if !machine.Paused() || b.text("#pause") != "Resume" {
		t.Errorf("the button has not paused the machine, and is called %s", b.text("#pause"))
	}
	b.click("#pause")
	b.status("running")
	if machine.Paused() {
		t.Error("the button has not let the machine go on")
	}
	if n := is[int](b, `document.querySelectorAll("img, h1 script").length`); n != 0 || is[string](b, "document.title") != "Hartwood" {
		t.Errorf("%d elements are the guest's", n)
	}
	if guest, console := b.text("#guest"), b.text("#console"); guest != "<script>guest" || !strings.HasPrefix(console, "<img src=x") || !strings.HasSuffix(console, "tail") {
		t.Errorf("guest %q, console %q", guest, console)
	}
	for _, figure := range []string{"tlb-load", "tlb-level2", "code-cache", "compile-time", "compile-waiting"} {
		if text := b.text(`tr[data-figure="` + figure + `"] td.n`); text == "" {
			t.Errorf("the page has no figure %s", figure)
		}
	}
	for _, url := range is[[]string](b, `performance.getEntriesByType("resource").map(e => e.name)`) {
		if !strings.HasPrefix(url, s.URL()) {
			t.Errorf("the page asks %s", url)
		}
	}
	machine.Stop(0)
	if err := s.http.Close(); err != nil {
		t.Fatal(err)
	}
	b.status("the machine does not answer, or has ended")
}

// Thousands of harts are squares.
func TestManyHartsInABrowser(t *testing.T) {
	s, _ := served(t, 1000, evil)
	b := open(t, s.URL())
	b.until(`document.querySelectorAll("#harts.small .hart").length === 1000`)
}

var picture = flag.String("picture", "", "write a picture of the page to this file")

// TestPicture makes the picture of docs/MONITORING.md.
func TestPicture(t *testing.T) {
	if *picture == "" {
		t.Skip("no -picture is asked for")
	}
	s, _ := served(t, 16, "Hart 0 counts, the others wait.\r\n")
	s.cfg.Guest = "counting"
	b := open(t, s.URL())
	b.until(`(document.querySelector("#speed polyline") || { getAttribute: () => "" }).getAttribute("points").split(" ").length > 12`)
	if err := chromedp.Do(b.ctx, chromedp.EmulateViewport(1000, 760)); err != nil {
		t.Fatal(err)
	}
	image, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*picture, image, 0o644); err != nil {
		t.Fatal(err)
	}
}
