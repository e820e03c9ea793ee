package main

import (
	"sync"
	"sync/atomic"
)

const (
	pushConnections = 5 // docker's max-concurrent-uploads
	pullConnections = 3 // docker's max-concurrent-downloads
)

// crew are the connections that one image's layers share, the operation's own among them.
type crew struct {
	spec  *Spec
	extra []*conn
}

func (w *crew) warm(connections int) func(*conn) error {
	return func(*conn) error {
		for range connections - 1 {
			c := &conn{address: w.spec.Address, authorization: w.spec.Authorization}
			if err := c.dial(); err != nil {
				return err
			}
			w.extra = append(w.extra, c)
		}
		return nil
	}
}

// each does `job` for 0 … count-1 on all connections and returns the first error.
func (w *crew) each(own *conn, count int, job func(c *conn, index int) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failures := make(chan error, 1+len(w.extra))
	for _, c := range append([]*conn{own}, w.extra...) {
		all.Add(1)
		go func() {
			defer all.Done()
			for index := int(next.Add(1)) - 1; index < count; index = int(next.Add(1)) - 1 {
				if err := job(c, index); err != nil {
					failures <- err
					return
				}
			}
		}()
	}
	all.Wait()
	for _, c := range w.extra {
		own.requests += c.requests
		c.requests = 0
	}
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

// planImagePush pushes whole images as docker does: layers and config in parallel (HEAD, POST,
// PATCH, PUT each), then the manifest by tag. Needs exactly one client.
func planImagePush(spec *Spec) (plan, error) {
	images := make([]image, spec.Operations)
	for i := range images {
		var err error
		if images[i], err = makeImage(spec.Seed, i, spec.Layers, spec.Size); err != nil {
			return plan{}, err
		}
		images[i].tag = spec.Seed + "-" + images[i].tag
	}
	team := &crew{spec: spec}
	return plan{warm: team.warm(pushConnections), run: func(c *conn, index int) (int64, error) {
		made := &images[index]
		err := team.each(c, len(made.layers), func(c *conn, layer int) error {
			if err := c.missing(spec.Repository, made.layers[layer].digest); err != nil {
				return err
			}
			return c.pushBlob(spec.Repository, &made.layers[layer])
		})
		if err != nil {
			return 0, err
		}
		if err := c.pushConfig(spec.Repository, made.config); err != nil {
			return 0, err
		}
		return spec.Size * int64(spec.Layers), c.pushManifest(spec.Repository, made.tag, made)
	}}, nil
}

func (c *conn) pushConfig(repository string, config []byte) error {
	digest := digestOf(config)
	if err := c.missing(repository, digest); err != nil {
		return err
	}
	return c.postBlob(repository, digest, config)
}

// planImagePull pulls whole images as docker does: HEAD by tag, manifest by digest, config,
// layers in parallel. Needs exactly one client.
func planImagePull(spec *Spec) (plan, error) {
	images, err := makeImages(spec)
	team := &crew{spec: spec}
	open := team.warm(pullConnections)
	one := func(c *conn, index int, check bool) (int64, error) {
		made := &images[index%len(images)]
		root := "/v2/" + spec.Repository
		size := int64(len(made.manifest))
		if err := c.headManifest(root+"/manifests/"+made.tag, made.digest, size); err != nil {
			return 0, err
		}
		if err := c.pull(root+"/manifests/"+made.digest, acceptManifests, made.digest, size, true); err != nil {
			return 0, err
		}
		config := digestOf(made.config)
		if err := c.pull(root+"/blobs/"+config, "", config, int64(len(made.config)), true); err != nil {
			return 0, err
		}
		return spec.Size * int64(spec.Layers), team.each(c, len(made.layers), func(c *conn, layer int) error {
			content := &made.layers[layer]
			return c.pull(root+"/blobs/"+content.digest, "", content.digest, content.size, check)
		})
	}
	return plan{
		warm: func(c *conn) error {
			if err := open(c); err != nil {
				return err
			}
			_, err := one(c, 0, true)
			return err
		},
		run: func(c *conn, index int) (int64, error) { return one(c, index, false) },
	}, err
}
