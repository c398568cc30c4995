package api

import aulav1 "aula/proto/aula/v1"

type studyService struct {
	aulav1.UnimplementedStudyServiceServer
	*Server
}
