package reproduce

// experiments are in the order of the lecture.
var experiments = []Experiment{
	reluCorrelation,
	saxe,
	heTraining,
	fixup,
	lottery,
}
