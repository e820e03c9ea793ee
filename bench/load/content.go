package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

const (
	prefixBytes = 32
	chunkBytes  = 32 << 10 // docker writes a PATCH body in chunks of 32 KiB
	filler      = 0x9E3779B97F4A7C15
	manifestOCI = "application/vnd.oci.image.manifest.v1+json"
	configOCI   = "application/vnd.oci.image.config.v1+json"
	layerOCI    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// block is the constant rest of every blob: one chunk of noise that does not compress.
var block = makeBlock()

// framedBlock is eight chunks of `block` in HTTP's chunked form, for one write.
var framedBlock = frame(block, 8)

func makeBlock() []byte {
	noise := make([]byte, chunkBytes)
	state := uint64(filler)
	for i := range noise {
		state ^= state << 13
		state ^= state >> 7
		state ^= state << 17
		noise[i] = byte(state >> 32)
	}
	return noise
}

func frame(part []byte, times int) []byte {
	var framed []byte
	for range times {
		framed = append(framed, strconv.FormatInt(int64(len(part)), 16)...)
		framed = append(framed, "\r\n"...)
		framed = append(framed, part...)
		framed = append(framed, "\r\n"...)
	}
	return framed
}

// blob is content that seed and index determine: 32 bytes of their own, then the constant rest.
type blob struct {
	prefix [prefixBytes]byte
	size   int64
	digest string
}

func makeBlob(seed string, index int, size int64) blob {
	made := blob{prefix: sha256.Sum256([]byte(seed + "/" + strconv.Itoa(index))), size: size}
	hash := sha256.New()
	hash.Write(made.prefix[:])
	for left := size - prefixBytes; left > 0; left -= chunkBytes {
		hash.Write(block[:min(left, chunkBytes)])
	}
	made.digest = "sha256:" + hex.EncodeToString(hash.Sum(nil))
	return made
}

func makeBlobs(seed string, count int, size int64) []blob {
	made := make([]blob, count)
	for i := range made {
		made[i] = makeBlob(seed, i, size)
	}
	return made
}

// bytes returns the whole content; for small blobs only.
func (b *blob) bytes() []byte {
	whole := append(make([]byte, 0, b.size), b.prefix[:]...)
	for left := b.size - prefixBytes; left > 0; left -= chunkBytes {
		whole = append(whole, block[:min(left, chunkBytes)]...)
	}
	return whole
}

type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// image is a manifest with everything that it names.
type image struct {
	tag      string
	layers   []blob
	config   []byte
	manifest []byte
	digest   string
}

func makeImage(seed string, index, layers int, size int64) (image, error) {
	made := image{tag: fmt.Sprintf("image-%d", index)}
	if index < 0 {
		made.tag = "image-" + seed
	}
	own := fmt.Sprintf("%s/%d", seed, index)
	made.layers = makeBlobs(own, layers, size)
	return made, made.seal(own)
}

// seal writes config and manifest over the layers; `own` makes the image differ from all others.
func (m *image) seal(own string) error {
	descriptors := make([]descriptor, len(m.layers))
	diffs := make([]string, len(m.layers))
	for i := range m.layers {
		descriptors[i] = descriptor{layerOCI, m.layers[i].digest, m.layers[i].size}
		diffs[i] = m.layers[i].digest
	}
	var err error
	m.config, err = json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux", "author": own,
		"config": map[string]any{}, "rootfs": map[string]any{"type": "layers", "diff_ids": diffs},
	})
	if err != nil {
		return err
	}
	m.manifest, err = json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": manifestOCI, "layers": descriptors,
		"config": descriptor{configOCI, digestOf(m.config), int64(len(m.config))},
	})
	m.digest = digestOf(m.manifest)
	return err
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(sum[:])
}
