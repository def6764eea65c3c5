package ui

// ShowJob shows a backup, and the question that it has for the person. One that
// is gone shows the overview.
func (u *UI) ShowJob(id int64) {
	u.Show(Overview)
	jobs, err := u.Session.Jobs(u.Context)
	if err != nil {
		u.Fail(err)
		return
	}
	for _, j := range jobs {
		if j.ID == id && j.Held != "" && u.current == Overview && len(u.modals) == 0 {
			u.answerHeld(j.Job)
		}
	}
}
