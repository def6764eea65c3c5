package preview

import (
	"bytes"
	"context"
	"image"
	"image/draw"
	"io"
)

// decode makes a small picture of a file, if its size is within the bounds.
func decode(ctx context.Context, data []byte) (Preview, error) {
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return Preview{Kind: Broken}, nil //nolint:nilerr // that is the answer
	}
	p := Preview{Kind: TooLarge, Width: c.Width, Height: c.Height}
	if c.Width > Pixels/c.Height {
		return p, nil
	}
	img, _, err := image.Decode(&endable{ctx, bytes.NewReader(data)})
	if ctx.Err() != nil {
		return Preview{}, context.Cause(ctx)
	}
	if err != nil {
		p.Kind = Broken
		return p, nil //nolint:nilerr // that is the answer
	}
	small, err := shrink(ctx, img)
	if err != nil {
		return Preview{}, err
	}
	turn := orientation(data)
	if lies(turn) {
		p.Width, p.Height = p.Height, p.Width
	}
	p.Kind, p.Picture = Picture, turned(small, turn)
	return p, nil
}

// endable ends a reader with its context.
type endable struct {
	ctx context.Context //nolint:containedctx // of one picture
	src io.Reader
}

// Read implements io.Reader.
func (e *endable) Read(p []byte) (int, error) {
	if err := e.ctx.Err(); err != nil {
		return 0, err
	}
	return e.src.Read(p)
}

// shrink makes a picture fit into Side × Side. Each point is the mean of those
// it stands for.
func shrink(ctx context.Context, img image.Image) (*image.RGBA, error) {
	from := img.Bounds()
	w, h := fit(from.Dx(), from.Dy())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		top, bottom := y*from.Dy()/h, max((y+1)*from.Dy()/h, y*from.Dy()/h+1)
		// One stripe at a time in a plain format: few bytes, and drawing knows
		// the fast way from each kind of picture.
		stripe := image.NewRGBA(image.Rect(0, 0, from.Dx(), bottom-top))
		draw.Draw(stripe, stripe.Bounds(), img, from.Min.Add(image.Pt(0, top)), draw.Src)
		for x := range w {
			left, right := x*from.Dx()/w, max((x+1)*from.Dx()/w, x*from.Dx()/w+1)
			mean(out.Pix[out.PixOffset(x, y):][:4], stripe, left, right)
		}
	}
	return out, nil
}

// fit is the size of a picture made small.
func fit(w, h int) (int, int) {
	if w <= Side && h <= Side {
		return w, h
	}
	if w >= h {
		return Side, max(1, h*Side/w)
	}
	return max(1, w*Side/h), Side
}

// mean is the colour of some columns of a stripe.
func mean(to []byte, stripe *image.RGBA, left, right int) {
	var sum [4]int
	for y := range stripe.Rect.Dy() {
		for x := left; x < right; x++ {
			for i, v := range stripe.Pix[stripe.PixOffset(x, y):][:4] {
				sum[i] += int(v)
			}
		}
	}
	n := stripe.Rect.Dy() * (right - left)
	for i := range sum {
		to[i] = byte(sum[i] / n)
	}
}
