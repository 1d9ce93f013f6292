"""Tables with the columns of public image sets; the values are made up."""

from dataclasses import dataclass

import pytest

from cae.sources.description import describe_by_table


@dataclass
class Case:
    files: list[str]
    table: str
    label: list | None = None
    patient: list | None = None
    split: list | None = None
    identifying: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()


CASES = {
    "ham10000": Case(
        ["ISIC_0024306.jpg", "ISIC_0024307.jpg", "ISIC_0024308.jpg", "ISIC_0024309.jpg"],
        "lesion_id,image_id,dx,dx_type,age,sex,localization\n"
        "HAM_0000118,ISIC_0024307,bkl,histo,80.0,male,scalp\n"
        "HAM_0000118,ISIC_0024306,bkl,histo,80.0,male,scalp\n"
        "HAM_0002730,ISIC_0024309,nv,follow_up,45.0,female,back\n"
        "HAM_0002731,ISIC_0024308,mel,consensus,,female,face\n",
        label=["bkl", "bkl", "mel", "nv"],
        identifying=("lesion_id",),
        harmless=("dx_type", "age", "sex", "localization"),
    ),
    "isic2019": Case(
        ["ISIC_0000000.jpg", "ISIC_0000001_downsampled.jpg", "ISIC_0000002.jpg"],
        "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
        "ISIC_0000000,0.0,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
        "ISIC_0000001_downsampled,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\n"
        "ISIC_0000002,0.0,0.0,0.0,0.0,1.0,0.0,0.0,0.0,0.0\n",
        label=["NV", "MEL", "BKL"],
    ),
    "isic2020": Case(
        ["ISIC_2637011.jpg", "ISIC_0015719.jpg", "ISIC_0052212.jpg"],
        "image_name,patient_id,sex,age_approx,anatom_site_general_challenge,diagnosis,"
        "benign_malignant,target\n"
        "ISIC_2637011,IP_7279968,male,45.0,head/neck,unknown,benign,0\n"
        "ISIC_0015719,IP_3075186,female,45.0,upper extremity,unknown,benign,0\n"
        "ISIC_0052212,IP_2842074,female,50.0,lower extremity,nevus,benign,0\n",
        label=["unknown", "unknown", "nevus"],
        patient=["IP_7279968", "IP_3075186", "IP_2842074"],
        harmless=("sex", "age_approx", "anatom_site_general_challenge"),
    ),
    "chestxray14": Case(
        ["00000001_000.png", "00000001_001.png", "00000002_000.png"],
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,"
        "View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]\n"
        "00000001_000.png,Cardiomegaly,0,1,058Y,M,PA,2682,2749,0.143,0.143\n"
        "00000001_001.png,Cardiomegaly|Emphysema,1,1,058Y,M,PA,2894,2729,0.143,0.143\n"
        "00000002_000.png,No Finding,0,2,006M,M,PA,2500,2048,0.168,0.168\n",
        label=["Cardiomegaly", "Cardiomegaly|Emphysema", "No Finding"],
        patient=["1", "1", "2"],
        harmless=("View Position", "Follow-up #"),
    ),
    "chexpert": Case(
        [
            "train/patient00001/study1/view1_frontal.jpg",
            "train/patient00002/study1/view1_frontal.jpg",
            "valid/patient64541/study1/view1_frontal.jpg",
        ],
        "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Cardiomegaly,Edema\n"
        "CheXpert-v1.0-small/train/patient00001/study1/view1_frontal.jpg,F,68,Frontal,AP,1.0,,\n"
        "CheXpert-v1.0-small/train/patient00002/study1/view1_frontal.jpg,F,87,Frontal,AP,,-1.0,-1.0\n"
        "CheXpert-v1.0-small/valid/patient64541/study1/view1_frontal.jpg,M,73,Frontal,AP,,1.0,0.0\n",
        patient=["patient00001", "patient00002", "patient64541"],
        split=["train", "train", "val"],
        harmless=("Sex", "Age", "AP/PA", "Cardiomegaly"),
    ),
    "mimic-cxr": Case(
        ["02aa804e.jpg", "174413ec.jpg", "2a2277a9.jpg"],
        "dicom_id,study_id,subject_id,split\n"
        "02aa804e,50414267,10000032,train\n"
        "174413ec,50414267,10000032,train\n"
        "2a2277a9,53189527,10000764,validate\n",
        patient=["10000032", "10000032", "10000764"],
        split=["train", "train", "val"],
        identifying=("study_id",),
    ),
    "adni": Case(
        ["ADNI_011_S_0002_MR_1.png", "ADNI_011_S_0002_MR_2.png", "ADNI_022_S_0014_MR_1.png"],
        "RID,PTID,VISCODE,EXAMDATE,DX_bl,AGE,PTGENDER\n"
        "2,011_S_0002,bl,2005-09-08,CN,74.3,Male\n"
        "14,022_S_0014,bl,2005-11-08,AD,81.3,Female\n",
        label=["CN", "CN", "AD"],
        patient=["011_S_0002", "011_S_0002", "022_S_0014"],
        identifying=("RID", "EXAMDATE"),
        harmless=("AGE", "PTGENDER"),
    ),
    "oasis": Case(
        ["OAS2_0001_MR1.png", "OAS2_0001_MR2.png", "OAS2_0002_MR1.png"],
        "Subject ID,MRI ID,Group,Visit,MR Delay,M/F,Hand,Age,EDUC,SES,MMSE,CDR,eTIV,nWBV,ASF\n"
        "OAS2_0001,OAS2_0001_MR1,Nondemented,1,0,M,R,87,14,2,27,0,1987,0.696,0.883\n"
        "OAS2_0001,OAS2_0001_MR2,Nondemented,2,457,M,R,88,14,2,30,0,2004,0.681,0.876\n"
        "OAS2_0002,OAS2_0002_MR1,Demented,1,0,M,R,75,12,,23,0.5,1678,0.736,1.046\n",
        label=["Nondemented", "Nondemented", "Demented"],
        patient=["OAS2_0001", "OAS2_0001", "OAS2_0002"],
        harmless=("Visit", "MR Delay", "Age", "MMSE", "CDR", "eTIV"),
    ),
    "brats": Case(
        [f"BraTS20_Training_{n:03d}/BraTS20_Training_{n:03d}_flair.png" for n in (1, 2, 3)],
        "Grade,BraTS_2017_subject_ID,BraTS_2020_subject_ID,Survival_days\n"
        "HGG,Brats17_A,BraTS20_Training_001,289\n"
        "HGG,Brats17_B,BraTS20_Training_002,616\n"
        "LGG,NA,BraTS20_Training_003,464\n",
        label=["HGG", "HGG", "LGG"],
        patient=[f"BraTS20_Training_{n:03d}" for n in (1, 2, 3)],
        harmless=("Survival_days",),
    ),
    "cbis-ddsm": Case(
        ["Mass-Training_P_00001_LEFT_CC.png", "Mass-Training_P_00001_LEFT_MLO.png"],
        "patient_id,breast_density,left or right breast,image view,abnormality id,"
        "abnormality type,mass shape,assessment,pathology,subtlety,image file path,"
        "ROI mask file path\n"
        "P_00001,3,LEFT,CC,1,mass,OVAL,4,MALIGNANT,4,Mass-Training_P_00001_LEFT_CC.dcm,m1.dcm\n"
        "P_00001,3,LEFT,MLO,1,mass,OVAL,4,BENIGN,4,Mass-Training_P_00001_LEFT_MLO.dcm,m2.dcm\n",
        label=["MALIGNANT", "BENIGN"],
        patient=["P_00001", "P_00001"],
        harmless=("breast_density", "image view", "assessment"),
    ),
    "padchest": Case(
        ["20536686640136348236148679891455886468_k6ga29.png", "13352_x7.png", "7_y2.png"],
        ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,"
        "ViewPosition_DICOM,Report,Labels\n"
        "0,20536686640136348236148679891455886468_k6ga29.png,0,20140915,2053,839860488694,1930.0,F,"
        "POSTEROANTERIOR,sin hallazgos de interes en el parenquima pulmonar explorado hoy,"
        "['normal']\n"
        "1,13352_x7.png,0,20150406,1335,313572750430,1945.0,M,PA,"
        "cambios cronicos y engrosamiento pleural apical izquierdo sin cambios,['copd']\n"
        "2,7_y2.png,0,20150806,7,50783093527,1950.0,M,PA,"
        "atelectasia laminar basal derecha con elevacion del hemidiafragma,['atelectasis']\n",
        label=["['normal']", "['copd']", "['atelectasis']"],
        patient=["839860488694", "313572750430", "50783093527"],
        identifying=("StudyDate_DICOM", "StudyID", "PatientBirth", "Report"),
        harmless=("ViewPosition_DICOM",),
    ),
    "vindr": Case(
        ["9a5094b2.png", "051132a7.png"],
        "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
        "9a5094b2,Aortic enlargement,0,R8,691,1375,1653,1831\n"
        "9a5094b2,Cardiomegaly,3,R10,700,1370,1650,1830\n"
        "051132a7,No finding,14,R7,,,,\n",
        label=["Aortic enlargement; Cardiomegaly", "No finding"],
        identifying=("rad_id",),
        harmless=("x_min", "y_max"),
    ),
    "eyepacs": Case(
        ["10_left.jpeg", "10_right.jpeg", "13_left.jpeg"],
        "image,level\n10_left,0\n10_right,0\n13_left,2\n",
        label=["0", "0", "2"],
    ),
    "aptos": Case(
        ["000c1434d8d7.png", "001639a390f0.png", "0024cdab0c1e.png"],
        "id_code,diagnosis\n000c1434d8d7,2\n001639a390f0,4\n0024cdab0c1e,1\n",
        label=["2", "4", "1"],
    ),
    "lidc": Case(
        ["LIDC-IDRI-0001/1-001.png", "LIDC-IDRI-0001/1-002.png", "LIDC-IDRI-0002/1-001.png"],
        "patient_id,nodule_count,malignancy\nLIDC-IDRI-0001,4,4\nLIDC-IDRI-0002,12,2\n",
        label=["4", "4", "2"],
        patient=["LIDC-IDRI-0001", "LIDC-IDRI-0001", "LIDC-IDRI-0002"],
        harmless=("nodule_count",),
    ),
    "tcia": Case(
        ["TCGA-02-0003/a.png", "TCGA-02-0003/b.png", "TCGA-02-0006/a.png"],
        "Series UID\tCollection\tSubject ID\tStudy Date\tModality\tManufacturer\n"
        "1.3.6.1.4.1.14519.5.2\tTCGA-GBM\tTCGA-02-0003\t06-08-1997\tMR\tGE\n"
        "1.3.6.1.4.1.14519.5.3\tTCGA-GBM\tTCGA-02-0006\t08-23-1996\tMR\tGE\n",
        patient=["TCGA-02-0003", "TCGA-02-0003", "TCGA-02-0006"],
        identifying=("Series UID", "Study Date"),
        harmless=("Modality", "Collection"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_tables_of_public_sets_are_understood(name, tmp_path):
    case = CASES[name]
    path = tmp_path / "table.csv"
    path.write_text(case.table, "utf-8")
    found = describe_by_table(case.files, path)
    unknown = [None] * len(case.files)
    for column, expected in (
        ("label", case.label),
        ("patient", case.patient),
        ("split", case.split),
    ):
        values = [None if value != value else value for value in found.table[column]]
        assert values == (expected or unknown), column
    assert set(found.identifying) >= set(case.identifying)
    assert not set(found.identifying) & set(case.harmless)
    assert set(found.table) >= {*case.identifying, *case.harmless}
