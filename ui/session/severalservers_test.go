package session

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/destform"
)

// member fills in the form of one of several destinations.
func member(t *testing.T, kind string, typed map[string]string) Member {
	t.Helper()
	all := destination.Kinds()
	i := slices.IndexFunc(all, func(k destination.Kind) bool { return k.Name == kind })
	if i < 0 {
		t.Fatalf("there is no kind %s", kind)
	}
	f := destform.New(all[i]).ForMember()
	for key, value := range typed {
		f.Set(key, value)
	}
	if !f.Complete() {
		t.Fatalf("the form of %s is not complete: %v", kind, typed)
	}
	m, password := f.Member()
	return Member{Member: m, Login: Login{Password: password, Typed: true}}
}

// A server that opens by a key, and a storage service without TLS: each has
// options that the other cannot have, and that it cannot be reached without.
// They hold after the next start too.
func TestMembersHaveOptionsOfTheirOwn(t *testing.T) {
	ssh, s3 := servers.SSH(t, servers.SSHOptions{}), servers.MinIO(t)
	t.Setenv("SSH_AUTH_SOCK", "")
	t.Setenv("HOME", t.TempDir()) // no key of the person's own opens the server
	keyring := newMemory(nil)
	p := newPersonWith(t, keyring)
	typed := map[string]string{
		"@host": "127.0.0.1", "@port": strconv.Itoa(ssh.Port), "@user": ssh.User, "@folder": "backup", "key-file": ssh.Key,
		"ssh-options": "-F none -oUserKnownHostsFile=" + ssh.KnownHosts,
	}
	c := Choice{Options: map[string]string{"mode": "mirror", "onfail": "abort", "timeout": "20"}, Members: []Member{
		member(t, "sftp", typed),
		member(t, "s3", map[string]string{
			"provider": "Minio", "@host": s3.Endpoint(), "@bucket": "photos", "@prefix": "laptop", "access-key-id": s3.Key, "secret-access-key": s3.Secret,
			"storage-class": "REDUCED_REDUNDANCY", "timeout": "60",
		}),
	}}
	if tested, err := p.s.Test(t.Context(), c); err != nil || !tested.Writable {
		t.Fatalf("%+v, %v", tested, err)
	}
	id, err := p.s.AddJob(t.Context(), NewJob{Folders: []string{filepath.Join(p.dir, "Letters")}, Choice: c, KeepLogin: true, Encrypted: true, Passphrase: "p", Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(p.listsThere()[0])
	if err != nil || strings.Contains(string(text), s3.Secret) || !strings.Contains(string(text), `"storage-class": "REDUCED_REDUNDANCY"`) {
		t.Errorf("the list says %s, %v", text, err)
	}
	p.backUp(id)
	p.again()
	p.write("Letters/diary.txt", "other words")
	p.backUp(id)
	if run := p.lastRun(id); run.Outcome != settings.Fine || p.stored(id) != 2 {
		t.Errorf("the run after the next start is %+v", run)
	}
	for _, pattern := range []string{filepath.Join(ssh.Home, "backup/config"), filepath.Join(s3.Dir, "photos/laptop/config")} {
		if found, err := filepath.Glob(pattern); err != nil || len(found) != 1 {
			t.Errorf("nothing was stored at %s", pattern)
		}
	}
	delete(typed, "key-file")
	c.Members[0] = member(t, "sftp", typed)
	if _, err := p.s.Test(t.Context(), c); err == nil {
		t.Error("it is reached without its key: the options are of no account")
	}
}
