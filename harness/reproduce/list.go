package reproduce

// experiments are in the order of the lecture.
var experiments = []Experiment{
	reluCorrelation,
	sigmoidProblems,
	activationProblems,
	saxe,
	heTraining,
	isometryTraining,
	fixup,
	lottery,
}
