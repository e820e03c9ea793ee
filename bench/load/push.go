package main

import (
	"fmt"
	"strings"
)

// pushBlob uploads as docker does: POST, PATCH (chunked, no Content-Range), PUT ?digest=.
func (c *conn) pushBlob(repository string, content *blob) error {
	place, err := c.openUpload(repository)
	if err != nil {
		return err
	}
	c.begin("PATCH", place, "Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n")
	if err := c.writeChunked(content); err != nil {
		return err
	}
	answer, err := c.readHead("PATCH")
	if err != nil {
		return err
	}
	if err := c.expect(answer, 202, "PATCH upload"); err != nil {
		return err
	}
	return c.finish(answer.place, content.digest, []byte{})
}

// postBlob uploads in two requests: POST, then PUT ?digest= with the whole content.
func (c *conn) postBlob(repository, digest string, content []byte) error {
	place, err := c.openUpload(repository)
	if err != nil {
		return err
	}
	return c.finish(place, digest, content)
}

func (c *conn) openUpload(repository string) (string, error) {
	answer, err := c.send("POST", "/v2/"+repository+"/blobs/uploads/", "", []byte{})
	if err != nil {
		return "", err
	}
	return answer.place, c.expect(answer, 202, "POST upload")
}

func (c *conn) finish(place, digest string, content []byte) error {
	joint := "?"
	if strings.Contains(place, "?") {
		joint = "&"
	}
	extra := ""
	if len(content) > 0 {
		extra = "Content-Type: application/octet-stream\r\n"
	}
	target := place + joint + "digest=" + strings.Replace(digest, ":", "%3A", 1)
	answer, err := c.send("PUT", target, extra, content)
	if err != nil {
		return err
	}
	if err := c.expect(answer, 201, "PUT upload"); err != nil {
		return err
	}
	if answer.digest != "" && answer.digest != digest {
		return fmt.Errorf("the registry says %s to %s", answer.digest, digest)
	}
	return nil
}

// writeChunked sends the head that `begin` made and the content; small blobs go in one write.
func (c *conn) writeChunked(content *blob) error {
	rest := content.size - prefixBytes
	c.head = append(c.head, frame(content.prefix[:], 1)...)
	if rest < chunkBytes {
		if rest > 0 {
			c.head = append(c.head, frame(block[:rest], 1)...)
		}
		c.head = append(c.head, "0\r\n\r\n"...)
		return c.write(c.head)
	}
	if err := c.write(c.head); err != nil {
		return err
	}
	one := int64(len(framedBlock) / 8)
	for rest >= chunkBytes {
		whole := min(rest/chunkBytes, 8)
		if err := c.write(framedBlock[:whole*one]); err != nil {
			return err
		}
		rest -= whole * chunkBytes
	}
	var end []byte
	if rest > 0 {
		end = frame(block[:rest], 1)
	}
	return c.write(append(end, "0\r\n\r\n"...))
}

func (c *conn) pushManifest(repository, reference string, made *image) error {
	target := "/v2/" + repository + "/manifests/" + reference
	answer, err := c.send("PUT", target, "Content-Type: "+manifestOCI+"\r\n", made.manifest)
	if err != nil {
		return err
	}
	return c.expect(answer, 201, "PUT manifest")
}

// missing asks HEAD for a blob as docker does before a push, and wants it not to be there.
func (c *conn) missing(repository, digest string) error {
	answer, err := c.send("HEAD", "/v2/"+repository+"/blobs/"+digest, "", nil)
	if err != nil {
		return err
	}
	if answer.status != 404 {
		return fmt.Errorf("HEAD blob: status %d, not 404", answer.status)
	}
	return nil
}

func planSeedBlobs(spec *Spec) (plan, error) {
	return planBlobPush(spec)
}

func planBlobPush(spec *Spec) (plan, error) {
	contents := makeBlobs(spec.Seed, spec.Operations, spec.Size)
	return plan{run: func(c *conn, index int) (int64, error) {
		return spec.Size, c.pushBlob(spec.Repository, &contents[index])
	}}, nil
}

func planBlobPost(spec *Spec) (plan, error) {
	contents := makeBlobs(spec.Seed, spec.Operations, spec.Size)
	return plan{run: func(c *conn, index int) (int64, error) {
		content := &contents[index]
		return spec.Size, c.postBlob(spec.Repository, content.digest, content.bytes())
	}}, nil
}

func planSeedImages(spec *Spec) (plan, error) {
	images, err := makeImages(spec)
	return plan{run: func(c *conn, index int) (int64, error) {
		made := &images[index]
		for i := range made.layers {
			if err := c.pushBlob(spec.Repository, &made.layers[i]); err != nil {
				return 0, err
			}
		}
		if err := c.postBlob(spec.Repository, digestOf(made.config), made.config); err != nil {
			return 0, err
		}
		return 0, c.pushManifest(spec.Repository, made.tag, made)
	}}, err
}

func makeImages(spec *Spec) ([]image, error) {
	images := make([]image, spec.Count)
	for i := range images {
		var err error
		if images[i], err = makeImage(spec.Seed, i, spec.Layers, spec.Size); err != nil {
			return nil, err
		}
	}
	return images, nil
}

// planFillTags puts Count images with one shared layer, each under TagsPerImage tags.
func planFillTags(spec *Spec) (plan, error) {
	shared := makeBlob(spec.Seed, 0, spec.Size)
	images := make([]image, spec.Count)
	for i := range images {
		images[i].layers = []blob{shared}
		if err := images[i].seal(fmt.Sprintf("%s/%d", spec.Seed, i)); err != nil {
			return plan{}, err
		}
	}
	spec.Operations = spec.Count * spec.TagsPerImage
	var made plan
	made.run = func(c *conn, index int) (int64, error) {
		one, tag := &images[index/spec.TagsPerImage], index%spec.TagsPerImage
		name := fmt.Sprintf("v%05d-%03d", index/spec.TagsPerImage, tag)
		return 0, c.pushManifest(spec.Repository, name, one)
	}
	return made, beforehand(spec, shared, images)
}

// beforehand pushes what the images of planFillTags name, on a connection of its own.
func beforehand(spec *Spec, shared blob, images []image) error {
	c := &conn{address: spec.Address, authorization: spec.Authorization}
	if err := c.dial(); err != nil {
		return err
	}
	defer c.close()
	if err := c.pushBlob(spec.Repository, &shared); err != nil {
		return err
	}
	for i := range images {
		if err := c.postBlob(spec.Repository, digestOf(images[i].config), images[i].config); err != nil {
			return err
		}
	}
	return nil
}
