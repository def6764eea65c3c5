package cli

import (
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
	"github.com/varve-backup/varve/engine/restore"
)

// destination is what the options say of URL and keys.
func (p *program) destination() engine.Destination {
	a := p.args
	d := engine.Destination{
		URL: a.URL, Options: a.Options, Name: a.Name, ArchiveDir: a.ArchiveDir,
		Prefixes: engine.Prefixes{
			All: a.Prefix, Archive: a.ArchivePrefix, Manifest: a.ManifestPrefix, Signature: a.SignaturePrefix,
			TimeSeparator: a.TimeSeparator,
		},
		Encryption: engine.Encryption{
			Passphrase: a.Passphrase, SignPassphrase: a.SignPassphrase,
			Recipients: a.EncryptKeys, HiddenRecipients: a.HiddenKeys, SignKey: a.SignKey,
			NoCompression: a.NoCompression,
		},
	}
	if a.Format == duplicityargs.FormatRestic {
		d.Format = engine.Deduplicated
	}
	switch {
	case a.NoEncryption:
		d.Encryption.Mode = engine.EncryptNone
	case len(a.EncryptKeys)+len(a.HiddenKeys) > 0:
		d.Encryption.Mode = engine.EncryptKeys
	}
	return d
}

func (p *program) backupPlan(kind engine.Kind) engine.BackupPlan {
	a := p.args
	return engine.BackupPlan{
		Destination: p.destination(), Root: a.Folder, Rules: a.Rules, Kind: kind,
		FullIfOlderThan: a.FullIfOlderThan, VolumeSize: a.VolumeSize, MaxBlockSize: a.MaxBlockSize,
		AllowSourceMismatch: a.AllowMismatch, FollowLinks: a.CopyLinks, NumericOwner: a.NumericOwner,
		SkipIfNoChange: a.SkipIfNoChange, DryRun: a.DryRun, Estimate: a.Progress, Time: a.CurrentTime,
	}
}

func (p *program) restorePlan() engine.RestorePlan {
	a := p.args
	plan := engine.RestorePlan{Destination: p.destination(), At: a.Time.Time, Version: a.Time.ID, Target: a.Folder, DryRun: a.DryRun}
	if path := cleanPath(a.Path); path != "" {
		plan.Paths, plan.AsTarget = []string{path}, true
	}
	if a.Force {
		plan.Clash = restore.Replace
	}
	switch {
	case a.NoOwnership:
		plan.Owner = restore.None
	case a.NumericOwner:
		plan.Owner = restore.ByNumber
	}
	return plan
}

func (p *program) verifyPlan() engine.VerifyPlan {
	a := p.args
	return engine.VerifyPlan{
		Destination: p.destination(), At: a.Time.Time, Version: a.Time.ID, Path: cleanPath(a.Path), Root: a.Folder, Rules: a.Rules,
		CompareData: a.CompareData, FollowLinks: a.CopyLinks, NumericOwner: a.NumericOwner,
	}
}

func momentOf(m duplicityargs.Moment) engine.Moment { return engine.Moment{ID: m.ID, At: m.Time} }
