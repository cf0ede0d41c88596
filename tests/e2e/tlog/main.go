// Checks a log with nothing but Go's golang.org/x/mod/sumdb: the checkpoint's signature, the tiles
// against its root, leaves against tiles, and, of a served log, that its proofs are Go's byte for
// byte. BASE is an address or a folder. Exit 1, with what does not hold on stderr.
//
//	tlog -key VERIFIER_KEY [-seed N] [-count N] BASE
//
// With -answer it answers questions on stdin instead: differential.go.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// In tiles of Go's the first line of a tree is this; in a checkpoint it is the origin.
const goOrigin = "go.sum database tree\n"

// A log as files, at an address or in a folder.
type files struct{ base string }

func (f files) served() bool { return strings.HasPrefix(f.base, "http") }

func (f files) read(path string) ([]byte, error) {
	if !f.served() {
		return os.ReadFile(filepath.Join(f.base, path))
	}
	answer, err := http.Get(f.base + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// Height, ReadTiles and SaveTiles: a tlog.TileReader. Go's paths name the height first.
func (f files) Height() int { return 8 }

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := f.read(strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is %d bytes long", tile.Path(), len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

// The tree a checkpoint signs.
func openTree(key string, checkpoint []byte) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != verifier.Name() {
		return tlog.Tree{}, errors.New("the checkpoint is of " + origin)
	}
	return tlog.ParseTree([]byte(goOrigin + rest))
}

// The leaf of a record, out of its bundle.
func (f files) leaf(size, n int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: -1, N: n / 256, W: 256}
	if left := size - tile.N*256; left < 256 {
		tile.W = int(left)
	}
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	data, err := f.read(path)
	if err != nil {
		return nil, err
	}
	var leaves [][]byte
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		leaves = append(leaves, data[2:2+length])
		data = data[2+length:]
	}
	if len(data) != 0 || len(leaves) != tile.W {
		return nil, fmt.Errorf("%s does not hold %d leaves", path, tile.W)
	}
	return leaves[n%256], nil
}

// One call of the public API, its answer read into `to`.
func (f files) ask(method, body string, to interface{}) error {
	answer, err := http.Post(f.base+"/suyuan.v1.AuditService/"+method, "application/json",
		strings.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", method, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(to)
}

func sameHashes(what string, ours []string, theirs []tlog.Hash) error {
	if len(ours) != len(theirs) {
		return fmt.Errorf("%s: %d hashes, Go has %d", what, len(ours), len(theirs))
	}
	for i, hash := range theirs {
		if ours[i] != base64.StdEncoding.EncodeToString(hash[:]) {
			return fmt.Errorf("%s: hash %d is not Go's", what, i)
		}
	}
	return nil
}

func (f files) checkRecord(key string, tree tlog.Tree, reader tlog.HashReader, n int64) error {
	leaf, err := f.leaf(tree.N, n)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveRecord(tree.N, n, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(leaf)); err != nil {
		return fmt.Errorf("record %d: %v", n, err)
	}
	if !f.served() {
		return nil
	}
	var ours struct {
		Leaf       string
		Inclusion  []string
		Checkpoint string
		TlogProof  string
	}
	if err := f.ask("GetRecordProof", fmt.Sprintf(`{"sequence": "%d"}`, n), &ours); err != nil {
		return err
	}
	what := fmt.Sprintf("the proof of record %d", n)
	if newer, err := openTree(key, []byte(ours.Checkpoint)); err != nil {
		return fmt.Errorf("%s: %v", what, err)
	} else if newer.N != tree.N { // Another was published meanwhile.
		proof, err = tlog.ProveRecord(newer.N, n, tlog.TileHashReader(newer, f))
		if err != nil {
			return fmt.Errorf("%s: %v", what, err)
		}
	}
	if ours.Leaf != base64.StdEncoding.EncodeToString(leaf) {
		return errors.New(what + " has another leaf")
	}
	want := fmt.Sprintf("c2sp.org/tlog-proof@v1\nextra %s\nindex %d\n", ours.Leaf, n)
	for _, hash := range proof {
		want += base64.StdEncoding.EncodeToString(hash[:]) + "\n"
	}
	if want+"\n"+ours.Checkpoint != ours.TlogProof {
		return errors.New(what + " is another text")
	}
	return sameHashes(what, ours.Inclusion, proof)
}

func (f files) checkTree(tree tlog.Tree, reader tlog.HashReader, old, size int64) error {
	oldHash, err := tlog.TreeHash(old, reader)
	if err != nil {
		return err
	}
	hash, err := tlog.TreeHash(size, reader)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(size, old, reader)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, size, hash, old, oldHash); err != nil {
		return fmt.Errorf("trees %d and %d: %v", old, size, err)
	}
	if !f.served() {
		return nil
	}
	var ours struct{ Hashes []string }
	request := fmt.Sprintf(`{"oldSize": "%d", "newSize": "%d"}`, old, size)
	if err := f.ask("GetConsistencyProof", request, &ours); err != nil {
		return err
	}
	return sameHashes(fmt.Sprintf("the proof of %d in %d", old, size), ours.Hashes, proof)
}

// The checkpoint, all leaves against the root, `count` records and `count` pairs of trees.
func check(f files, key string, random *rand.Rand, count int) (int64, error) {
	checkpoint, err := f.read("checkpoint")
	if err != nil {
		return 0, err
	}
	tree, err := openTree(key, checkpoint)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(tree, f)
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil {
		return 0, err
	}
	if !bytes.Equal(root[:], tree.Hash[:]) {
		return 0, errors.New("the tiles lead to another root")
	}
	for i := 0; i < count; i++ {
		if err := f.checkRecord(key, tree, reader, random.Int63n(tree.N)); err != nil {
			return 0, err
		}
		size := 1 + random.Int63n(tree.N)
		if err := f.checkTree(tree, reader, 1+random.Int63n(size), size); err != nil {
			return 0, err
		}
	}
	if err := f.checkRecord(key, tree, reader, tree.N-1); err != nil {
		return 0, err
	}
	return tree.N, nil
}

func main() {
	key := flag.String("key", "", "the log's verifier key")
	seed := flag.Int64("seed", 1, "of the random records and pairs")
	count := flag.Int("count", 100, "records and pairs to check")
	answers := flag.Bool("answer", false, "answer the questions on stdin")
	flag.Parse()
	if *answers {
		if err := answerAll(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	size, err := check(files{strings.TrimSuffix(flag.Arg(0), "/")}, *key,
		rand.New(rand.NewSource(*seed)), *count)
	if err != nil {
		fmt.Fprintf(os.Stderr, "seed %d: %v\n", *seed, err)
		os.Exit(1)
	}
	fmt.Println(size)
}
