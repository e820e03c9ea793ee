package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// checkEvery says which of the pulls under the clock have their digest checked: one in so many.
const checkEvery = 64

// checkBytesMax keeps the check of large content before the clock, where all sizes are checked.
const checkBytesMax = 1 << 20

const acceptManifests = "Accept: application/vnd.oci.image.index.v1+json, " + manifestOCI +
	", application/vnd.docker.distribution.manifest.v2+json\r\n"

// pull reads one resource; the size is always checked, the digest when `check` says so.
func (c *conn) pull(target, extra, digest string, size int64, check bool) error {
	answer, err := c.send("GET", target, extra, nil)
	if err != nil {
		return err
	}
	if answer.status != 200 {
		return c.expect(answer, 200, "GET "+target)
	}
	hash := sha256.New()
	var to io.Writer = io.Discard
	if check {
		to = hash
	}
	got, err := c.drain(answer, to)
	if err != nil {
		return err
	}
	if got != size {
		return fmt.Errorf("GET %s: %d bytes, not %d", target, got, size)
	}
	if found := "sha256:" + hex.EncodeToString(hash.Sum(nil)); check && found != digest {
		return fmt.Errorf("GET %s: content has the digest %s, not %s", target, found, digest)
	}
	return nil
}

func planBlobPull(spec *Spec) (plan, error) {
	contents := makeBlobs(spec.Seed, spec.Count, spec.Size)
	one := func(c *conn, index int, check bool) (int64, error) {
		content := &contents[index%len(contents)]
		target := "/v2/" + spec.Repository + "/blobs/" + content.digest
		return content.size, c.pull(target, "", content.digest, content.size, check)
	}
	return plan{
		warm: func(c *conn) error { _, err := one(c, 0, true); return err },
		run: func(c *conn, index int) (int64, error) {
			return one(c, index, spec.Size <= checkBytesMax && index%checkEvery == 0)
		},
	}, nil
}

func planManifest(spec *Spec) (plan, error) {
	images, err := makeImages(spec)
	targets := make([]string, len(images))
	for i := range images {
		targets[i] = "/v2/" + spec.Repository + "/manifests/" + images[i].tag
		if spec.By == "digest" {
			targets[i] = "/v2/" + spec.Repository + "/manifests/" + images[i].digest
		}
	}
	one := func(c *conn, index int, check bool) (int64, error) {
		made, target := &images[index%len(images)], targets[index%len(images)]
		size := int64(len(made.manifest))
		if spec.Method == "HEAD" {
			return 0, c.headManifest(target, made.digest, size)
		}
		return size, c.pull(target, acceptManifests, made.digest, size, check)
	}
	return plan{
		warm: func(c *conn) error { _, err := one(c, 0, true); return err },
		run: func(c *conn, index int) (int64, error) {
			return one(c, index, index%checkEvery == 0)
		},
	}, err
}

func (c *conn) headManifest(target, digest string, size int64) error {
	answer, err := c.send("HEAD", target, acceptManifests, nil)
	if err != nil {
		return err
	}
	if answer.status != 200 || answer.length != size || answer.digest != digest {
		return fmt.Errorf("HEAD %s: status %d, Content-Length %d, digest %q; not 200, %d, %s",
			target, answer.status, answer.length, answer.digest, size, digest)
	}
	return nil
}

// planTags reads the whole list of tags page by page; one operation is the whole list.
func planTags(spec *Spec) (plan, error) {
	want := spec.Count * spec.TagsPerImage
	return plan{run: func(c *conn, _ int) (int64, error) {
		target := fmt.Sprintf("/v2/%s/tags/list?n=%d", spec.Repository, spec.PageSize)
		seen, size := 0, int64(0)
		for target != "" {
			tags, bytes, next, err := c.page(target)
			if err != nil {
				return 0, err
			}
			seen, size, target = seen+tags, size+bytes, next
		}
		if seen != want {
			return 0, fmt.Errorf("the list has %d tags, not %d", seen, want)
		}
		return size, nil
	}}, nil
}

func (c *conn) page(target string) (tags int, size int64, next string, err error) {
	answer, err := c.send("GET", target, "", nil)
	if err != nil {
		return 0, 0, "", err
	}
	if answer.status != 200 {
		return 0, 0, "", c.expect(answer, 200, "GET "+target)
	}
	var text strings.Builder
	if size, err = c.drain(answer, &text); err != nil {
		return 0, 0, "", err
	}
	var list struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal([]byte(text.String()), &list); err != nil {
		return 0, 0, "", err
	}
	if _, after, found := strings.Cut(answer.link, "<"); found {
		place, _, _ := strings.Cut(after, ">")
		next, err = pathOf(place)
	}
	return len(list.Tags), size, next, err
}
