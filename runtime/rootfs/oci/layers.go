package oci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/hartwood-vm/hartwood/runtime/rootfs/unpack"
	"github.com/hartwood-vm/hartwood/runtime/storage/packed"
)

// Unpack unpacks the layers, from the lowest.
func (i *Image) Unpack(ctx context.Context, tree *unpack.Tree) error {
	for n, d := range i.layers {
		if err := i.layer(ctx, tree, d.Digest, i.diffs[n]); err != nil {
			return fmt.Errorf("layer %d of %d: %w", n+1, len(i.layers), err)
		}
	}
	return nil
}

// layer unpacks a layer that has a digest as it is packed, and another one as it is not.
func (i *Image) layer(ctx context.Context, tree *unpack.Tree, digest, diff v1.Hash) error {
	f, size, err := i.blob(digest)
	if err != nil {
		return err
	}
	defer f.Close()
	asPacked := sha256.New()
	source := io.TeeReader(io.LimitReader(f, size), asPacked)
	in, err := packed.Reader(source)
	if err != nil {
		return err
	}
	defer in.Close()
	asIs := sha256.New()
	r := io.TeeReader(in, asIs)
	if err := tree.Apply(ctx, r, true); err != nil {
		return err
	}
	// Archives end before their last bytes do.
	const most = 64 << 20
	if n, err := io.Copy(io.Discard, io.LimitReader(r, most)); err != nil || n == most {
		return errors.Join(fmt.Errorf("%w: there is no end behind the archive", ErrLayout), err)
	}
	if _, err := io.Copy(io.Discard, source); err != nil {
		return err
	}
	if !is(asPacked, digest) || !is(asIs, diff) {
		return fmt.Errorf("%w: %s is damaged, or not what its image says", ErrLayout, digest)
	}
	return nil
}

func is(sum hash.Hash, want v1.Hash) bool { return hex.EncodeToString(sum.Sum(nil)) == want.Hex }
