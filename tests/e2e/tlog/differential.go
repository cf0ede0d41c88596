package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The tree over the leaves "0", "1", "2", …: its stored hashes, made as far as asked.
type tree struct {
	size   int64
	hashes []tlog.Hash
}

func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var all []tlog.Hash
	for _, index := range indexes {
		all = append(all, t.hashes[index])
	}
	return all, nil
}

func (t *tree) grow(size int64) error {
	for ; t.size < size; t.size++ {
		more, err := tlog.StoredHashes(t.size, []byte(strconv.FormatInt(t.size, 10)), t)
		if err != nil {
			return err
		}
		t.hashes = append(t.hashes, more...)
	}
	return nil
}

func hexOf(hashes []tlog.Hash) string {
	words := []string{"ok"}
	for _, hash := range hashes {
		words = append(words, hex.EncodeToString(hash[:]))
	}
	return strings.Join(words, " ")
}

func openNote(key, message string) (string, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return "", err
	}
	opened, err := note.Open([]byte(message), note.VerifierList(verifier))
	if err != nil {
		return "", err
	}
	return "ok " + hex.EncodeToString([]byte(opened.Text)), nil
}

// Go's paths have the height behind "tile/", and "data" for "entries".
func parsePath(path string) (string, error) {
	rest := strings.TrimPrefix(path, "tile/")
	if rest == path || strings.HasPrefix(rest, "data/") {
		return "", errors.New("not the path of a tile")
	}
	if strings.HasPrefix(rest, "entries/") {
		rest = strings.Replace(rest, "entries", "data", 1)
	}
	tile, err := tlog.ParseTilePath("tile/8/" + rest)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ok %d %d %d", tile.L, tile.N, tile.W), nil
}

func answer(t *tree, words []string) (string, error) {
	switch words[0] {
	case "note", "path":
		text, err := hex.DecodeString(words[len(words)-1])
		if err != nil {
			return "", err
		}
		if words[0] == "path" {
			return parsePath(string(text))
		}
		return openNote(words[1], string(text))
	}
	first, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return "", err
	}
	size, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil {
		return "", err
	}
	if err := t.grow(size); err != nil {
		return "", err
	}
	if words[0] == "inclusion" {
		proof, err := tlog.ProveRecord(size, first, t)
		return hexOf(proof), err
	}
	proof, err := tlog.ProveTree(size, first, t)
	return hexOf(proof), err
}

// Answers questions, a line each, as tests/e2e/differential_tool.cc does:
//
//	inclusion INDEX SIZE | consistency OLD_SIZE SIZE | note KEY HEX | path HEX
func answerAll(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	writer := bufio.NewWriter(out)
	defer writer.Flush()
	var t tree
	for lines.Scan() {
		text, err := answer(&t, strings.Split(lines.Text(), " "))
		if err != nil {
			text = "refused"
		}
		fmt.Fprintln(writer, text)
	}
	return lines.Err()
}
