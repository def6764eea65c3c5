package session

import (
	"context"
	"encoding/json"
	"fmt"
	neturl "net/url"
	"os"
	"os/user"
	"slices"
	"strings"

	"github.com/varve-backup/varve/engine/destination"
	"github.com/varve-backup/varve/settings"
	"github.com/varve-backup/varve/ui/session/portable"
)

// Import is what a file with set-up would bring. Nothing is changed before
// TakeOver.
type Import struct {
	// Machine and User tell where it comes from.
	Machine, User string
	Jobs          []Arrival
	// Choices are the names of those for the whole program that would change.
	Choices []string

	preferences map[string]string
}

// Arrival is a backup that an import brings.
type Arrival struct {
	settings.Complete
	// Here is the name of the backup of this computer that it is the same as, ""
	// for none: they have their destination and their folders or name in common.
	Here string
	// Leaves are the second places of the backup of this computer that the file
	// does not have, as paths and addresses. Several that are one are all in it.
	Leaves []string
	// Moved tells that its folders were in another home there.
	Moved bool

	passphrase string
	places     []arrivingPlace // its own, and those of its copies
}

// Places are where it stores, as paths and addresses: several for one that has
// several destinations.
func (a *Arrival) Places() (all []string) {
	for _, m := range a.places[0].Members {
		all = append(all, Path(m.URL))
	}
	if len(all) == 0 {
		all = []string{Path(a.places[0].Destination)}
	}
	return all
}

// NewArrival is one that an import brings to a single place.
func NewArrival(c settings.Complete, here string, moved bool) Arrival {
	return Arrival{Complete: c, Here: here, Moved: moved, places: []arrivingPlace{{Choice: Choice{Destination: c.Destination}}}}
}

// arrivingPlace is a destination that an import brings.
type arrivingPlace struct {
	Choice
	logins []string
}

// ReadImport reads a file of Export. The passphrase is that of the file, "" for
// one that has none. Errors are those of package portable, or of reading.
func (s *Session) ReadImport(ctx context.Context, path, passphrase string) (*Import, error) {
	all, err := readSetup(ctx, path, passphrase)
	if err != nil {
		return nil, err
	}
	here, err := s.store.Jobs(ctx)
	if err != nil {
		return nil, err
	}
	copies, err := s.store.Copies(ctx)
	if err != nil {
		return nil, err
	}
	m := moverTo(all)
	i := &Import{Machine: all.Machine, User: all.User, preferences: map[string]string{}}
	for n := range all.Jobs {
		a, err := arrivalOf(&all.Jobs[n], m)
		if err != nil {
			return nil, fmt.Errorf("%w: backup %d: %w", portable.ErrDamaged, n+1, err)
		}
		s.recognise(a, here)
		a.Leaves = s.leftBy(a, copies)
		i.Jobs = append(i.Jobs, *a)
	}
	return i, s.compareChoices(ctx, i, all.Preferences)
}

// compareChoices lists which choices would change.
func (s *Session) compareChoices(ctx context.Context, i *Import, preferences map[string]string) error {
	if err := checkSpeed(preferences[speedName]); err != nil {
		return fmt.Errorf("%w: %w", portable.ErrDamaged, err)
	}
	for _, name := range carried() {
		value, err := s.store.Preference(ctx, name)
		if err != nil {
			return err
		}
		if preferences[name] != value {
			i.Choices = append(i.Choices, name)
			i.preferences[name] = preferences[name]
		}
	}
	return nil
}

func checkSpeed(text string) error {
	if text == "" {
		return nil
	}
	var v Speed
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return err
	}
	_, err := v.engine()
	return err
}

// mover maps what was in the home there to the home here.
type mover struct{ pairs [][2]string }

// moverTo maps homes, and the folders in which the system shows drives to one
// person.
func moverTo(from *portable.Setup) (m mover) {
	home, err := os.UserHomeDir()
	if err != nil || from.Home == "" || from.Home == "/" {
		return m
	}
	m.add(from.Home, home)
	if me, err := user.Current(); err == nil && from.User != "" {
		m.add("/media/"+from.User, "/media/"+me.Username)
		m.add("/run/media/"+from.User, "/run/media/"+me.Username)
	}
	return m
}

func (m *mover) add(from, to string) {
	if from != to {
		m.pairs = append(m.pairs, [2]string{strings.TrimSuffix(from, "/"), strings.TrimSuffix(to, "/")})
	}
}

// move is where a path is here.
func (m *mover) move(path string) string {
	for _, p := range m.pairs {
		if rest, below := strings.CutPrefix(path, p[0]); below && (rest == "" || rest[0] == '/') {
			return p[1] + rest
		}
	}
	return path
}

// moveURL is move for destinations.
func (m *mover) moveURL(url string) string {
	if path := Path(url); path != url {
		return URL(m.move(path))
	}
	return url
}

// arrivalOf is a job as it would be here.
func arrivalOf(j *portable.Job, m mover) (*Arrival, error) {
	a := &Arrival{passphrase: j.Passphrase}
	a.Job = settings.Job{
		Name: j.Name, Encryption: j.Encryption, Recipients: j.Recipients, Retention: j.Retention, FullEvery: j.FullEvery,
	}
	for _, f := range j.Folders {
		folder := m.move(string(f))
		a.Moved = a.Moved || folder != string(f)
		a.Folders = append(a.Folders, folder)
	}
	for _, r := range j.Rules {
		r.Pattern = m.move(r.Pattern)
		a.Rules = append(a.Rules, r)
	}
	if _, err := sourcesOf(a.Folders, a.Rules); err != nil {
		return nil, err
	}
	a.Timing, a.EveryDays, a.Minutes = j.Timing, j.CheckEvery, j.CheckFor
	if p := planOf(&a.Timing); !p.Runs() {
		a.Timing = settings.Timing{}
	}
	for _, p := range slices.Concat([]portable.Place{j.Place}, j.Copies) {
		arriving, err := m.place(&p)
		if err != nil {
			return nil, err
		}
		a.places = append(a.places, arriving)
	}
	return a, nil
}

// place is a destination as it would be here.
func (m *mover) place(p *portable.Place) (arrivingPlace, error) {
	a := arrivingPlace{Choice{Destination: m.moveURL(p.URL), Options: p.Options}, p.Logins}
	if a.Options == nil {
		a.Options = map[string]string{}
	}
	if len(p.Members) == 0 {
		return a, nil
	}
	u, err := neturl.Parse(p.URL)
	if err != nil {
		return a, err
	}
	for _, name := range destination.SeveralOptions() {
		if v := u.Query().Get(name); v != "" {
			a.Options[name] = v
		}
	}
	for _, member := range p.Members {
		member.URL = m.moveURL(member.URL)
		a.Members = append(a.Members, Member{Member: member})
	}
	return a, nil
}

// recognise looks whether a backup is here already.
func (s *Session) recognise(a *Arrival, here []settings.Job) {
	url := s.addressOf(&a.places[0].Choice)
	for _, j := range here {
		if j.Destination == url && (j.Name == a.Name || slices.Equal(j.Folders, a.Folders)) {
			a.ID, a.Here = j.ID, j.Name
		}
	}
	a.Adopts = a.ID == 0
}

// leftBy are the places of copies that a backup which is here already has, and
// the one that arrives has not.
func (s *Session) leftBy(a *Arrival, copies []settings.Copy) (left []string) {
	var wanted []string
	for i := range a.places[1:] {
		wanted = append(wanted, s.addressOf(&a.places[1+i].Choice))
	}
	for _, c := range copies {
		if c.Job != a.ID || slices.Contains(wanted, c.Destination) {
			continue
		}
		for _, part := range partsOf(c.Destination) {
			left = append(left, Path(part))
		}
	}
	return left
}

// TakeOver does what an import says. With replace, backups that are here already
// become as the file has them, without second places that it does not have (what
// is stored there stays, and what opens them), else they stay as they are. With choices, those
// for the whole program change too. unkept tells that the keyring did not take
// the secrets: they are known until the program ends. After an error nothing is
// changed.
func (s *Session) TakeOver(ctx context.Context, i *Import, replace, choices bool) (unkept bool, err error) {
	var taken []settings.Complete
	var arrived []*Arrival
	for n := range i.Jobs {
		a := &i.Jobs[n]
		if a.ID != 0 && !replace {
			continue
		}
		if err := s.settle(a); err != nil {
			return false, err
		}
		a.Timing.Since, a.Created = s.config.Now(), s.config.Now()
		taken, arrived = append(taken, a.Complete), append(arrived, a)
	}
	preferences := i.preferences
	if !choices {
		preferences = nil
	}
	dropped, err := s.droppedCopies(ctx, taken)
	if err != nil {
		return false, err
	}
	if err := s.store.TakeOver(ctx, taken, preferences); err != nil {
		return false, err
	}
	s.endCopies(func(k *copying) bool {
		return slices.ContainsFunc(dropped, func(c settings.Copy) bool { return c.ID == k.copy.ID })
	}, errStopped)
	for _, a := range arrived {
		unkept = !s.takeSecrets(ctx, a) || unkept
	}
	s.takeLimits(ctx)
	s.Speak(ctx)
	s.wakeScheduler()
	s.changed()
	return unkept, nil
}

// droppedCopies are the second places that jobs have and are not to have.
func (s *Session) droppedCopies(ctx context.Context, jobs []settings.Complete) (dropped []settings.Copy, err error) {
	there, err := s.store.Copies(ctx)
	for _, c := range there {
		job := slices.IndexFunc(jobs, func(j settings.Complete) bool { return j.ID == c.Job })
		if job >= 0 && !slices.ContainsFunc(jobs[job].Copies, func(wanted settings.Copy) bool { return wanted.Destination == c.Destination }) {
			dropped = append(dropped, c)
		}
	}
	return dropped, err
}

// settle gives the places of a backup their addresses.
func (s *Session) settle(a *Arrival) error {
	a.Copies = nil
	for i := range a.places {
		c, err := s.settled(a.places[i].Choice)
		if err != nil {
			return err
		}
		a.places[i].Choice = c
		if i == 0 {
			a.Destination, a.Options = c.Destination, c.Options
			continue
		}
		a.Copies = append(a.Copies, settings.Copy{Destination: c.Destination, Options: c.Options})
	}
	return nil
}

// takeSecrets keeps what opens a backup and its places, and tells whether the
// keyring took all of it.
func (s *Session) takeSecrets(ctx context.Context, a *Arrival) (kept bool) {
	kept = true
	keep := func(name, value string, remember func(name, value string)) {
		if value == "" {
			return
		}
		remember(name, value)
		kept = s.secrets.Set(ctx, name, value) == nil && kept
	}
	keep(a.Destination, a.passphrase, s.Remember)
	for i := range a.places {
		p := &a.places[i]
		names := (place{p.Destination, p.Options}).entries()
		for n, value := range p.logins[:min(len(p.logins), len(names))] {
			keep(names[n], value, s.rememberLogin)
		}
	}
	return kept
}
